-- Words the tests are written in. All is temporary: each file runs in a transaction that is rolled
-- back.
\set ON_ERROR_STOP 1
\pset format unaligned
\pset tuples_only on
\pset pager off
SET client_min_messages = warning;

-- Run a statement as another role; if it fails, the role is ours again all the same.
CREATE FUNCTION pg_temp.as_role(role text, statement text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format('SET LOCAL ROLE %I', role);
    EXECUTE statement;
    RESET ROLE;
END
$$;

-- The same, signed in as that role.
CREATE FUNCTION pg_temp.as_login(login text, statement text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format('SET LOCAL SESSION AUTHORIZATION %I', login);
    EXECUTE statement;
    RESET SESSION AUTHORIZATION;
END
$$;

-- A workload of a user (on node n1 of the hub unless said otherwise); makes what is missing.
CREATE FUNCTION pg_temp.workload(hub text, username text, external_id text, node text DEFAULT 'n1')
    RETURNS bigint LANGUAGE plpgsql AS $$
#variable_conflict use_variable
DECLARE
    id bigint;
BEGIN
    INSERT INTO usage.hub (name) VALUES (hub) ON CONFLICT DO NOTHING;
    INSERT INTO usage.node (hub_id, name, last_window_end)
    SELECT h.hub_id, node, '-infinity' FROM usage.hub h WHERE h.name = hub ON CONFLICT DO NOTHING;
    INSERT INTO usage.workload (node_id, kind, external_id, username, first_slot)
    SELECT n.node_id, 1, external_id, username, 'infinity'
    FROM usage.node n JOIN usage.hub h USING (hub_id) WHERE h.name = hub AND n.name = node
    RETURNING workload_id INTO id;
    RETURN id;
END
$$;

-- Steady usage from one instant to another, split over slots as the aggregator does it.
CREATE FUNCTION pg_temp.use(workload bigint, class text, starts timestamptz, ends timestamptz,
                            cores integer DEFAULT 0, mib integer DEFAULT 0, gpus integer DEFAULT 0)
    RETURNS void LANGUAGE plpgsql AS $$
#variable_conflict use_variable
BEGIN
    INSERT INTO usage.resource_class (name) VALUES (class) ON CONFLICT DO NOTHING;
    PERFORM usage.ensure_month(starts), usage.ensure_month(ends);
    INSERT INTO usage.slot
    SELECT s.slot, workload, c.class_id,
           k.sec * cores * 1000000, 0, k.sec * cores * 1000000,
           k.sec * mib, 0, k.sec * mib,
           k.sec * gpus * 1000, 0, k.sec * gpus * 1000,
           0, 0, 0, k.sec * 1000, 0,
           (SELECT n.hub_id FROM usage.workload w JOIN usage.node n USING (node_id) WHERE w.workload_id = workload)
    FROM generate_series(date_bin('15 min', starts, '2000-01-01 00:00Z'),
                         ends - interval '1 microsecond', interval '15 min') AS s (slot)
    CROSS JOIN usage.resource_class AS c
    CROSS JOIN LATERAL (
        SELECT extract(epoch FROM least(ends, s.slot + interval '15 min') - greatest(starts, s.slot))::bigint AS sec
    ) AS k
    WHERE c.name = class;
    UPDATE usage.workload w SET first_slot = least(w.first_slot, date_bin('15 min', starts, '2000-01-01 00:00Z'))
     WHERE w.workload_id = workload;
    UPDATE usage.node n SET last_window_end = greatest(n.last_window_end, ends)
      FROM usage.workload w WHERE w.workload_id = workload AND n.node_id = w.node_id;
    INSERT INTO ingest.dirty_day (hub_id, day)
    SELECT n.hub_id, d::date
    FROM usage.workload w JOIN usage.node n USING (node_id),
         generate_series(date_trunc('day', starts AT TIME ZONE 'UTC'), ends AT TIME ZONE 'UTC', '1 day') d
    WHERE w.workload_id = workload;
END
$$;

-- Rate a hub-day, check the constraints as at the end of a transaction; how many lines it has then.
CREATE FUNCTION pg_temp.rate_day(of_hub integer, of_day date) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    lines bigint;
BEGIN
    SELECT added + changed + unchanged INTO lines
    FROM charge.rate_day(of_hub, of_day, charge.begin_run('usage', ''));
    SET CONSTRAINTS ALL IMMEDIATE;
    SET CONSTRAINTS ALL DEFERRED;
    RETURN lines;
END
$$;

-- Rate what is dirty, likewise.
CREATE FUNCTION pg_temp.rate() RETURNS bigint LANGUAGE sql AS $$
    SELECT coalesce(sum(pg_temp.rate_day(hub_id, day)), 0)::bigint FROM charge.dirty_days()
$$;

-- A CSV file as the command line stages it: line numbers as in the file, empty cells null.
CREATE FUNCTION pg_temp.stage(kind text, file text) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    rows text[] := string_to_array(trim(file, E'\n'), E'\n');
    header text[] := string_to_array(rows[1], ',');
    columns text;
BEGIN
    SELECT string_agg(format('%I text', c.column_name), ', ' ORDER BY c.ordinal) INTO columns
    FROM import.file_column c WHERE c.kind = stage.kind;
    DROP TABLE IF EXISTS import_stage, staged, validity, zoned;
    EXECUTE format('CREATE TEMPORARY TABLE import_stage (line integer NOT NULL, %s)', columns);
    GRANT ALL ON import_stage TO hm_rater;
    DROP TABLE IF EXISTS import_header;
    CREATE TEMPORARY TABLE import_header AS SELECT unnest(header) AS column_name;
    GRANT ALL ON import_header TO hm_rater;
    FOR i IN 2 .. array_length(rows, 1) LOOP
        EXECUTE format('INSERT INTO import_stage (line, %s) SELECT $1, %s', (SELECT string_agg(quote_ident(h), ',') FROM unnest(header) h),
                       (SELECT string_agg(format('($2)[%s]', k), ',' ORDER BY k)
                        FROM generate_series(1, array_length(header, 1)) k))
        USING i, string_to_array(rows[i], ',', '');
    END LOOP;
END
$$;

-- Rate and fund all that waits, check the constraints as at the end of a transaction; how many legs changed.
CREATE FUNCTION pg_temp.fund() RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    w record;
    legs bigint := 0;
BEGIN
    PERFORM pg_temp.rate(), charge.begin_run('funding', '');
    FOR w IN SELECT * FROM fund.waiting() LOOP
        legs := legs + (SELECT added + changed + removed FROM fund.fund_days(w.institution_id, w.first_day, w.last_day));
    END LOOP;
    SET CONSTRAINTS ALL IMMEDIATE;
    SET CONSTRAINTS ALL DEFERRED;
    RETURN legs;
END
$$;

-- Stage, check, apply; the number of rows changed, or an error with the first complaint.
CREATE FUNCTION pg_temp.import(kind text, file text) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    complaint record;
BEGIN
    PERFORM pg_temp.stage(kind, file);
    SELECT * INTO complaint FROM import.check_file(kind) WHERE severity = 'error' ORDER BY line LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION '%', complaint;
    END IF;
    RETURN import.apply_file(kind);
END
$$;

-- What import_check says of a file, as "line column: reason".
CREATE FUNCTION pg_temp.complaints(kind text, file text) RETURNS SETOF text LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_temp.stage(kind, file);
    RETURN QUERY SELECT format('%s %s: %s', c.line, c.column_name, c.reason)
                 FROM import.check_file(kind) AS c WHERE c.severity = 'error' ORDER BY c.line, c.column_name;
END
$$;

-- What it warns of, likewise.
CREATE FUNCTION pg_temp.warnings(kind text, file text) RETURNS SETOF text LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_temp.stage(kind, file);
    RETURN QUERY SELECT format('%s %s: %s', c.line, c.column_name, c.reason)
                 FROM import.check_file(kind) AS c WHERE c.severity = 'warning' ORDER BY c.line, c.column_name;
END
$$;

-- Close a month as two who sign in: the roles pia and cora, members of hm_controller.
CREATE FUNCTION pg_temp.begin_close(of_institution text, of_month text, login text DEFAULT 'pia') RETURNS void LANGUAGE sql AS $$
    SELECT pg_temp.as_login(login, format('SELECT ledger.begin_close(%L, %L)', of_institution, of_month)) $$;
CREATE FUNCTION pg_temp.finish_close(of_institution text, of_month text, login text DEFAULT 'cora') RETURNS void LANGUAGE sql AS $$
    SELECT pg_temp.as_login(login, format('SELECT ledger.close(%L, %L)', of_institution, of_month));
    SET CONSTRAINTS ALL IMMEDIATE;
    SET CONSTRAINTS ALL DEFERRED $$;
CREATE FUNCTION pg_temp.close(of_institution text, of_month text) RETURNS void LANGUAGE sql AS $$
    SELECT pg_temp.begin_close(of_institution, of_month), pg_temp.finish_close(of_institution, of_month) $$;
