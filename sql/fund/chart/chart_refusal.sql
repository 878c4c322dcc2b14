-- The first segment up to which the chart string can't be read is the one that is wrong.
CREATE FUNCTION fund.chart_refusal(grammar fund.chart_segment[], chart_string text) RETURNS text
    LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    n integer := coalesce(cardinality(grammar), 0);
    so_far text := '^';
    before text;
BEGIN
    IF n = 0 OR chart_string ~ fund.chart_pattern(grammar) THEN
        RETURN NULL;
    END IF;
    FOR k IN 1 .. n LOOP
        before := so_far;
        so_far := so_far || regexp_replace(grammar[k].separator, '([^[:alnum:]])', '\\\1', 'g')
                  || '(?:' || grammar[k].pattern || ')';
        CONTINUE WHEN k < n AND chart_string ~ (so_far || '(?:$|'
                          || regexp_replace(grammar[k + 1].separator, '([^[:alnum:]])', '\\\1', 'g') || ')');
        RETURN CASE WHEN k > 1 AND chart_string ~ (before || '$')
                    THEN format('has no %s (segment %s)', grammar[k].segment, k)
                    WHEN k < n AND chart_string ~ (so_far || '[^[:alnum:]]')
                    THEN format('has no "%s" before its %s (segment %s)', grammar[k + 1].separator,
                                grammar[k + 1].segment, k + 1)
                    ELSE format('its %s (segment %s) is not what %s says', grammar[k].segment, k, grammar[k].pattern)
               END;
    END LOOP;
END
$$;
COMMENT ON FUNCTION fund.chart_refusal(fund.chart_segment[], text) IS 'Why a grammar refuses a chart string, naming the segment; null: it is fine';

GRANT EXECUTE ON FUNCTION fund.chart_refusal(fund.chart_segment[], text) TO hm_rater, hm_finance, hm_controller;
