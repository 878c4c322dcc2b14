-- A roster arrives as temporary tables: raw_<kind of file>, each with the file and line of a row and one
-- text column per column that is read, null where the cell is empty. roster_run has one row: what is
-- imported, on whose behalf and when.
CREATE FUNCTION import.roster_open(format text, institution text, source text, hubs text[],
                                   creates_people boolean DEFAULT true, at timestamptz DEFAULT now())
    RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET client_min_messages = warning AS $$
#variable_conflict use_column
DECLARE
    statement text;
    bad_hub text;
    known import.roster;
    owner org.institution;
BEGIN
    SELECT * INTO owner FROM org.institution AS i WHERE i.code = roster_open.institution AND i.institution_id <> 0;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'unknown institution "%"', institution USING ERRCODE = 'invalid_parameter_value';
    END IF;
    SELECT min(h) INTO bad_hub FROM unnest(hubs) AS h WHERE import.hub_fault(h) IS NOT NULL;
    IF bad_hub IS NOT NULL THEN
        RAISE EXCEPTION '"%" %', bad_hub, import.hub_fault(bad_hub) USING ERRCODE = 'invalid_parameter_value';
    END IF;
    INSERT INTO import.roster (institution_id, source, format)
    SELECT owner.institution_id, roster_open.source, roster_open.format
    WHERE NOT EXISTS (SELECT FROM import.roster AS r
                      WHERE r.institution_id = owner.institution_id AND r.source = roster_open.source);
    SELECT * INTO known FROM import.roster AS r
    WHERE r.institution_id = owner.institution_id AND r.source = roster_open.source;
    IF known.format <> roster_open.format THEN
        RAISE EXCEPTION 'source "%" is a roster of format %: say another --source', source, known.format
              USING ERRCODE = 'invalid_parameter_value';
    END IF;

    FOR statement IN
        SELECT format('DROP TABLE IF EXISTS pg_temp.%1$I; CREATE TEMPORARY TABLE %1$I
                       (file text NOT NULL, line integer NOT NULL, %2$s) ON COMMIT DROP',
                      'raw_' || c.file_kind,
                      string_agg(format('%I text', c.column_name), ', ' ORDER BY c.ordinal))
        FROM import.roster_column AS c
        WHERE c.format = roster_open.format
        GROUP BY c.file_kind
    LOOP
        EXECUTE statement;
    END LOOP;

    DROP TABLE IF EXISTS pg_temp.roster_run, pg_temp.told, pg_temp.finding, pg_temp.outcome;
    CREATE TEMPORARY TABLE roster_run ON COMMIT DROP AS
    SELECT known.roster_id, known.institution_id, known.source, known.format, owner.time_zone,
           roster_open.hubs, roster_open.creates_people, usage.slot_of(at) AS slot;
    CREATE TEMPORARY TABLE told (
        file text NOT NULL, line integer NOT NULL, file_kind text NOT NULL, kind text NOT NULL,
        key text, other_key text, name text, username text, parent text, account text, term text,
        "group" text, section text, person text, role text, status text, starts text, ends text
    ) ON COMMIT DROP;
    CREATE TEMPORARY TABLE finding (
        severity text NOT NULL, file text NOT NULL, line integer NOT NULL, column_name text,
        value text, reason text NOT NULL
    ) ON COMMIT DROP;
    CREATE TEMPORARY TABLE outcome (
        ordinal integer GENERATED ALWAYS AS IDENTITY, is_change boolean NOT NULL, n bigint NOT NULL,
        text text NOT NULL
    ) ON COMMIT DROP;
END
$$;
COMMENT ON FUNCTION import.roster_open(text, text, text, text[], boolean, timestamptz) IS 'Make the empty temporary tables of a roster: raw_<kind of file>, roster_run, told (rows in the words that all rosters share), finding and outcome. The hubs are those on which its user names are';

GRANT EXECUTE ON FUNCTION import.roster_open(text, text, text, text[], boolean, timestamptz) TO hm_rater;
