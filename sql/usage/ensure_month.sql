-- Month partitions. Called by the aggregator before it writes, so it runs as the owner. A table that
-- is made first and attached then locks out no writer, which CREATE TABLE ... PARTITION OF would.
CREATE FUNCTION usage.ensure_month(month_start timestamptz) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    first timestamptz := date_trunc('month', month_start, 'UTC');
    after timestamptz := (date_trunc('month', month_start AT TIME ZONE 'UTC') + interval '1 month')
                         AT TIME ZONE 'UTC';
    suffix text := to_char(first AT TIME ZONE 'UTC', '_YYYY_MM');
    parent text;
BEGIN
    IF to_regclass('usage.slot' || suffix) IS NOT NULL
       AND to_regclass('usage.node_slot' || suffix) IS NOT NULL THEN
        RETURN;
    END IF;
    LOCK TABLE usage.slot IN SHARE UPDATE EXCLUSIVE MODE; -- an advisory lock is everybody's
    FOREACH parent IN ARRAY ARRAY['slot', 'node_slot'] LOOP
        CONTINUE WHEN to_regclass('usage.' || parent || suffix) IS NOT NULL;
        EXECUTE format('CREATE TABLE usage.%I (LIKE usage.%I INCLUDING ALL) WITH (fillfactor = 60)',
                       parent || suffix, parent);
        EXECUTE format('ALTER TABLE usage.%I ATTACH PARTITION usage.%I FOR VALUES FROM (%L) TO (%L)',
                       parent, parent || suffix, first, after);
    END LOOP;
END
$$;
COMMENT ON FUNCTION usage.ensure_month(timestamptz) IS 'Make the partitions of the UTC month that holds the instant, where missing';

GRANT EXECUTE ON FUNCTION usage.ensure_month(timestamptz) TO hm_aggregator, hm_rater;
