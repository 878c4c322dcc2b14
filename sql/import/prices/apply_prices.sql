CREATE FUNCTION import.apply_prices() RETURNS bigint
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    changed bigint;
    n bigint;
BEGIN
    CREATE TEMPORARY TABLE wanted ON COMMIT DROP AS
    SELECT s.price_id, s.institution_id, s.resource, s.class, s.rate, s.market_rate,
           tstzrange(s.starts, s.ends) AS valid,
           -- An end that moves changes nothing before the earlier of the two.
           CASE WHEN b.rate = s.rate THEN least(s.ends, upper(b.valid)) ELSE s.starts END AS since
    FROM import.staged_prices() AS s
    LEFT JOIN price.book AS b USING (price_id)
    WHERE (b.rate, b.market_rate, b.valid)
          IS DISTINCT FROM (s.rate, s.market_rate, tstzrange(s.starts, s.ends));

    -- Those that are there already first: they make room.
    UPDATE price.book AS b SET rate = w.rate, market_rate = w.market_rate, valid = w.valid
    FROM wanted AS w WHERE b.price_id = w.price_id;
    GET DIAGNOSTICS changed = ROW_COUNT;
    INSERT INTO price.book (institution_id, resource, class, rate, market_rate, valid)
    SELECT institution_id, resource, class, rate, market_rate, valid FROM wanted WHERE price_id IS NULL;
    GET DIAGNOSTICS n = ROW_COUNT;

    PERFORM charge.mark_dirty(k.hub, k.since)
    FROM (SELECT o.hub, min(w.since) AS since
          FROM wanted AS w JOIN org.hub_owner AS o USING (institution_id)
          WHERE w.since IS NOT NULL
          GROUP BY o.hub) AS k;
    DROP TABLE wanted;
    RETURN changed + n;
END
$$;
COMMENT ON FUNCTION import.apply_prices() IS 'import.apply_file for the kind prices';

GRANT EXECUTE ON FUNCTION import.apply_prices() TO hm_rater;
