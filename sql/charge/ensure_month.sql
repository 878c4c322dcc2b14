-- Made first and attached then: locks out nobody who rates or reads other months.
CREATE FUNCTION charge.ensure_month(month date) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    first date := date_trunc('month', month::timestamp);
    after date := first + interval '1 month';
    partition text := to_char(first, '"line"_YYYY_MM');
BEGIN
    IF to_regclass('charge.' || partition) IS NOT NULL THEN
        RETURN;
    END IF;
    LOCK TABLE charge.line IN SHARE UPDATE EXCLUSIVE MODE; -- an advisory lock is everybody's
    IF to_regclass('charge.' || partition) IS NULL THEN
        EXECUTE format('CREATE TABLE charge.%I (LIKE charge.line INCLUDING ALL)', partition);
        EXECUTE format('ALTER TABLE charge.line ATTACH PARTITION charge.%I FOR VALUES FROM (%L) TO (%L)',
                       partition, first, after);
    END IF;
END
$$;
COMMENT ON FUNCTION charge.ensure_month(date) IS 'Make the partition of the month that holds the day, where missing';

GRANT EXECUTE ON FUNCTION charge.ensure_month(date) TO hm_rater;
