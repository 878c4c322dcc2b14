CREATE FUNCTION charge.compute_open(of_hub integer, of_day date, usernames text[], closed bigint[])
    RETURNS TABLE (
        line_number bigint,
        username text, server_name text, tag text, kind smallint, class_id integer, resource text,
        provider_id integer, month date, price_id integer, rate numeric, currency text,
        used numeric, reserved numeric, billable numeric, amount numeric,
        first_slot timestamptz, last_slot timestamptz,
        sequence bigint, rule text, reason text, institution_id integer, share_month date,
        unit_id integer, person_id integer, group_id integer, weight_ppm integer,
        share_used numeric, share_reserved numeric, share_billable numeric, share_amount numeric,
        share_first_slot timestamptz, share_last_slot timestamptz, period date, share_period date)
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET client_min_messages = warning SET jit = off AS $$
#variable_conflict use_column
BEGIN
    IF NOT EXISTS (SELECT FROM ledger.period
                   WHERE state <> 'open' AND month >= date_trunc('month', of_day - interval '1 day')) THEN
        RETURN QUERY
        SELECT c.*, c.month, c.share_month
        FROM charge.compute(of_hub, of_day, compute_open.usernames) AS c;
        RETURN;
    END IF;
    IF closed = '{}' THEN
        RETURN QUERY
        SELECT c.*, greatest(c.month, p.first_open),
               greatest(c.share_month, i.first_open, CASE WHEN p.first_open > c.month THEN p.first_open END)
        FROM charge.compute(of_hub, of_day, compute_open.usernames) AS c
        LEFT JOIN ledger.frozen AS p ON p.institution_id = c.provider_id
        LEFT JOIN ledger.frozen AS i ON i.institution_id = c.institution_id;
        RETURN;
    END IF;

    DROP TABLE IF EXISTS pg_temp.computed, pg_temp.target_line, pg_temp.target_share;
    CREATE TEMPORARY TABLE computed ON COMMIT DROP AS
    SELECT * FROM charge.compute(of_hub, of_day, compute_open.usernames);
    CREATE TEMPORARY TABLE target_line ON COMMIT DROP AS
    SELECT c.line_number AS line_no, of_hub AS hub_id, of_day AS day, g.workload_group_id, c.username, c.server_name,
           c.tag, c.kind, c.class_id, c.resource, c.provider_id, c.price_id, 'rate_card' AS basis,
           NULL::integer AS statement_id, c.month, NULL::date AS period, c.rate, c.currency, c.used, c.reserved,
           c.billable, c.amount, c.first_slot, c.last_slot
    FROM computed AS c
    LEFT JOIN charge.workload_group AS g
           ON (g.hub_id, g.username, g.server_name, g.tag, g.kind)
            = (of_hub, c.username, c.server_name, c.tag, c.kind)
    WHERE c.sequence = 1;
    CREATE TEMPORARY TABLE target_share ON COMMIT DROP AS
    SELECT c.line_number AS line_no, c.sequence, c.institution_id, c.unit_id, c.person_id, c.group_id, c.rule, c.reason,
           c.share_month AS month, NULL::date AS period, c.weight_ppm, c.share_used AS used,
           c.share_reserved AS reserved, c.share_billable AS billable, c.share_amount AS amount,
           c.share_first_slot AS first_slot, c.share_last_slot AS last_slot
    FROM computed AS c;
    ANALYZE target_line, target_share;
    PERFORM charge.subtract_closed(closed), charge.place_target();

    RETURN QUERY
    SELECT l.line_no, coalesce(l.username, g.username), coalesce(l.server_name, g.server_name), coalesce(l.tag, g.tag),
           coalesce(l.kind, g.kind), l.class_id, l.resource, l.provider_id, l.month, l.price_id, l.rate, l.currency,
           l.used, l.reserved, l.billable, l.amount, l.first_slot, l.last_slot,
           s.sequence, s.rule, s.reason, s.institution_id, s.month, s.unit_id, s.person_id, s.group_id, s.weight_ppm,
           s.used, s.reserved, s.billable, s.amount, s.first_slot, s.last_slot, l.period, s.period
    FROM target_line AS l
    JOIN target_share AS s USING (line_no)
    LEFT JOIN charge.workload_group AS g USING (workload_group_id);
END
$$;
COMMENT ON FUNCTION charge.compute_open(integer, date, text[], bigint[]) IS 'As charge.compute(), without what those lines have charged already in months that are not open, and with the posting period of line and share';

GRANT EXECUTE ON FUNCTION charge.compute_open(integer, date, text[], bigint[]) TO hm_rater;
