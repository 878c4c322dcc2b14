-- Made first and attached then: locks out nobody who rates or reads other months.
CREATE FUNCTION charge.ensure_month(month date) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    first date := date_trunc('month', month::timestamp);
    after date := first + interval '1 month';
    suffix text := to_char(first, '_YYYY_MM');
    parent text;
BEGIN
    IF to_regclass('fund.leg' || suffix) IS NOT NULL THEN -- the last one to be made
        RETURN;
    END IF;
    LOCK TABLE charge.line IN SHARE UPDATE EXCLUSIVE MODE; -- an advisory lock is everybody's
    FOREACH parent IN ARRAY ARRAY['charge.line', 'charge.share', 'fund.leg'] LOOP
        CONTINUE WHEN to_regclass(parent || suffix) IS NOT NULL;
        EXECUTE format('CREATE TABLE %s (LIKE %s INCLUDING ALL)', parent || suffix, parent);
        PERFORM charge.guard((parent || suffix)::regclass);
        PERFORM ledger.guard((parent || suffix)::regclass,
                             CASE parent WHEN 'charge.line' THEN 'provider_id' ELSE 'institution_id' END);
        IF parent = 'charge.line' THEN
            PERFORM bill.guard((parent || suffix)::regclass);
        ELSIF parent = 'charge.share' THEN
            PERFORM fund.guard((parent || suffix)::regclass), charge.guard_rollups((parent || suffix)::regclass);
        END IF;
        EXECUTE format('ALTER TABLE %s ATTACH PARTITION %s FOR VALUES FROM (%L) TO (%L)',
                       parent, parent || suffix, first, after);
    END LOOP;
END
$$;
COMMENT ON FUNCTION charge.ensure_month(date) IS 'Make the partitions of the month that holds the day, where missing';

GRANT EXECUTE ON FUNCTION charge.ensure_month(date) TO hm_rater;
