-- A row that ends something need not say again what it was.
CREATE FUNCTION import.roster_keep(whole_kinds text[]) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET client_min_messages = warning AS $$
DECLARE
    run record;
    new_rows bigint;
    missing_rows bigint;
BEGIN
    SELECT * INTO run FROM roster_run;
    DROP TABLE IF EXISTS pg_temp.news;
    CREATE TEMPORARY TABLE news ON COMMIT DROP AS
    SELECT s.kind, s.key, m.*
    FROM said AS s
    LEFT JOIN import.roster_record AS k ON k.roster_id = run.roster_id AND k.kind = s.kind AND k.key = s.key
    CROSS JOIN LATERAL (SELECT CASE WHEN s.state = 'ended' THEN k.key END AS kept) AS e
    CROSS JOIN LATERAL (
        SELECT CASE WHEN kept IS NULL THEN s.other_key ELSE coalesce(s.other_key, k.other_key) END AS other_key,
               CASE WHEN kept IS NULL THEN s.name ELSE coalesce(s.name, k.name) END AS name,
               CASE WHEN kept IS NULL THEN s.username ELSE coalesce(s.username, k.username) END AS username,
               CASE WHEN kept IS NULL THEN s.parent ELSE coalesce(s.parent, k.parent) END AS parent,
               CASE WHEN kept IS NULL THEN s.account ELSE coalesce(s.account, k.account) END AS account,
               CASE WHEN kept IS NULL THEN s.term ELSE coalesce(s.term, k.term) END AS term,
               CASE WHEN kept IS NULL THEN s."group" ELSE coalesce(s."group", k."group") END AS "group",
               CASE WHEN kept IS NULL THEN s.section ELSE coalesce(s.section, k.section) END AS section,
               CASE WHEN kept IS NULL THEN s.person ELSE coalesce(s.person, k.person) END AS person,
               CASE WHEN kept IS NULL THEN s.role ELSE coalesce(s.role, k.role) END AS role,
               CASE WHEN kept IS NULL THEN s.starts_at ELSE coalesce(s.starts_at, k.starts) END AS starts,
               CASE WHEN kept IS NULL THEN s.ends_at ELSE coalesce(s.ends_at, k.ends) END AS ends,
               s.state
    ) AS m
    WHERE k.key IS NULL OR k.is_missing
       OR (m.other_key, m.name, m.username, m.parent, m.account, m.term, m."group", m.section, m.person, m.role,
           m.starts, m.ends, m.state)
          IS DISTINCT FROM
          (k.other_key, k.name, k.username, k.parent, k.account, k.term, k."group", k.section, k.person, k.role,
           k.starts, k.ends, k.state);

    INSERT INTO import.roster_record AS r
           (roster_id, kind, key, other_key, name, username, parent, account, term, "group", section, person, role,
            starts, ends, state, first_slot)
    SELECT run.roster_id, n.*, run.slot FROM news AS n
    ON CONFLICT (roster_id, kind, key) DO UPDATE
       SET (other_key, name, username, parent, account, term, "group", section, person, role, starts, ends, state,
            is_missing)
         = (excluded.other_key, excluded.name, excluded.username, excluded.parent, excluded.account, excluded.term,
            excluded."group", excluded.section, excluded.person, excluded.role, excluded.starts, excluded.ends,
            excluded.state, false);
    GET DIAGNOSTICS new_rows = ROW_COUNT;

    UPDATE import.roster_record AS r SET is_missing = true
    WHERE r.roster_id = run.roster_id AND r.kind = ANY (whole_kinds) AND NOT r.is_missing
      AND NOT EXISTS (SELECT FROM said AS s WHERE s.kind = r.kind AND s.key = r.key);
    GET DIAGNOSTICS missing_rows = ROW_COUNT;

    -- Cross-listing may name a course that is nowhere else: it is made as the section's own.
    INSERT INTO import.roster_record (roster_id, kind, key, name, account, term, starts, ends, state, first_slot)
    SELECT DISTINCT ON (x."group") run.roster_id, 'group', x."group", g.name, g.account, g.term, g.starts, g.ends,
           g.state, run.slot
    FROM import.roster_record AS x
    JOIN import.roster_record AS s ON s.roster_id = x.roster_id AND s.kind = 'section' AND s.key = x.key
    JOIN import.roster_record AS g ON g.roster_id = x.roster_id AND g.kind = 'group' AND g.key = s."group"
    WHERE x.roster_id = run.roster_id AND x.kind = 'xlist' AND x.state = 'active' AND NOT x.is_missing
      AND NOT EXISTS (SELECT FROM import.roster_record AS k
                      WHERE k.roster_id = run.roster_id AND k.kind = 'group' AND k.key = x."group")
    ORDER BY x."group", x.key;

    INSERT INTO outcome (is_change, n, text)
    VALUES (true, new_rows, 'rows with news'), (true, missing_rows, 'rows that are there no more');
END
$$;
COMMENT ON FUNCTION import.roster_keep(text[]) IS 'Take what is said into import.roster_record; of the kinds of which all was told, what is not said is missing from now on';

GRANT EXECUTE ON FUNCTION import.roster_keep(text[]) TO hm_rater;
