CREATE FUNCTION import.apply_fees() RETURNS bigint
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    changed bigint := 0;
    n bigint;
BEGIN
    INSERT INTO price.fee AS f (institution_id, code, kind, name, unit_id, annual_fee, included_users, first_month,
                                last_month)
    SELECT i.institution_id, s.fee, s.kind, s.name, u.unit_id, s.annual_fee::numeric, s.included_users::bigint,
           import.parse_day(s.first_month || '-01'), import.parse_day(s.last_month || '-01')
    FROM import_stage AS s
    JOIN org.institution AS i ON i.code = s.institution
    LEFT JOIN org.unit AS u ON u.institution_id = i.institution_id AND u.code = s.unit
    ON CONFLICT (institution_id, code) DO UPDATE
       SET kind = excluded.kind, name = excluded.name, unit_id = excluded.unit_id, annual_fee = excluded.annual_fee,
           included_users = excluded.included_users, first_month = excluded.first_month,
           last_month = excluded.last_month
     WHERE (f.kind, f.name, f.unit_id, f.annual_fee, f.included_users, f.first_month, f.last_month)
           IS DISTINCT FROM (excluded.kind, excluded.name, excluded.unit_id, excluded.annual_fee,
                             excluded.included_users, excluded.first_month, excluded.last_month);
    GET DIAGNOSTICS n = ROW_COUNT; changed := changed + n;

    CREATE TEMPORARY TABLE wanted ON COMMIT DROP AS
    SELECT f.fee_id, s.hubs, s.tiers
    FROM import_stage AS s
    JOIN org.institution AS i ON i.code = s.institution
    JOIN price.fee AS f ON f.institution_id = i.institution_id AND f.code = s.fee;

    DELETE FROM price.fee_hub AS h USING wanted AS w
    WHERE h.fee_id = w.fee_id AND h.hub <> ALL (regexp_split_to_array(coalesce(w.hubs, ''), ' +'));
    GET DIAGNOSTICS n = ROW_COUNT; changed := changed + n;
    INSERT INTO price.fee_hub (fee_id, hub)
    SELECT w.fee_id, h.hub FROM wanted AS w, regexp_split_to_table(w.hubs, ' +') AS h (hub)
    ON CONFLICT DO NOTHING;
    GET DIAGNOSTICS n = ROW_COUNT; changed := changed + n;

    CREATE TEMPORARY TABLE wanted_tier ON COMMIT DROP AS
    SELECT w.fee_id, split_part(t, ':', 1)::bigint AS above, split_part(t, ':', 2)::numeric AS rate
    FROM wanted AS w, regexp_split_to_table(w.tiers, ' +') AS t;
    DELETE FROM price.fee_tier AS t USING wanted AS w
    WHERE t.fee_id = w.fee_id
      AND NOT EXISTS (SELECT FROM wanted_tier AS n WHERE (n.fee_id, n.above, n.rate) = (t.fee_id, t.above, t.rate));
    GET DIAGNOSTICS n = ROW_COUNT; changed := changed + n;
    INSERT INTO price.fee_tier (fee_id, above, rate) TABLE wanted_tier ON CONFLICT DO NOTHING;
    GET DIAGNOSTICS n = ROW_COUNT; changed := changed + n;
    DROP TABLE wanted, wanted_tier;
    IF changed > 0 THEN
        PERFORM charge.forget_fees();
    END IF;
    RETURN changed;
END
$$;
COMMENT ON FUNCTION import.apply_fees() IS 'import.apply_file for the kind fees';

GRANT EXECUTE ON FUNCTION import.apply_fees() TO hm_rater;
