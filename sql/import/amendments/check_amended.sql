-- In the order in which they take effect; of one day, what is stored before what the file says.
CREATE FUNCTION import.check_amended()
    RETURNS TABLE (line integer, column_name text, value text, reason text)
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    SELECT s.line, 'reference', s.reference,
           'is recorded already and says something else: amendments never change, enter another one that makes it good'
    FROM import.amended() AS m
    JOIN fund.amendment AS a USING (fund_id, reference)
    JOIN import_stage AS s ON s.line = m.line
    WHERE m.amendment_id IS NULL
    ORDER BY s.line;
    IF FOUND THEN
        RETURN;
    END IF;

    RETURN QUERY
    WITH amended AS MATERIALIZED (SELECT * FROM import.amended()),
    twice AS (
        SELECT DISTINCT ON (m.line, c.column_name)
               m.line, c.column_name, c.said AS value,
               format('contradicts %s, which says %s from the same day on',
                      coalesce('line ' || o.line, 'amendment ' || o.reference), c.other) AS reason
        FROM amended AS m
        JOIN amended AS o ON (o.fund_id, o.effective) = (m.fund_id, m.effective)
                         AND (o.line IS NULL OR o.line < m.line)
        CROSS JOIN LATERAL (VALUES ('start', m.first_day::text, o.first_day::text),
                                   ('end', m.last_day::text, o.last_day::text),
                                   ('last_posting', m.last_posting::text, o.last_posting::text))
                   AS c (column_name, said, other)
        WHERE m.line IS NOT NULL AND c.said <> c.other
        ORDER BY m.line, c.column_name, o.line NULLS FIRST
    ),
    term AS (
        SELECT m.line,
               (array_remove(array_agg(m.first_day) OVER so_far, NULL)) AS first_days,
               (array_remove(array_agg(m.last_day) OVER so_far, NULL)) AS last_days
        FROM amended AS m
        WINDOW so_far AS (PARTITION BY m.fund_id ORDER BY m.effective, m.line NULLS FIRST, m.amendment_id)
    ),
    worth AS (
        SELECT m.fund_id, m.effective, sum(sum(m.amount)) OVER (PARTITION BY m.fund_id ORDER BY m.effective) AS amount
        FROM amended AS m
        JOIN fund.fund AS f USING (fund_id)
        WHERE f.is_limited
        GROUP BY m.fund_id, m.effective
    ),
    lowered AS (
        SELECT max(m.line) FILTER (WHERE m.amount < 0) AS line, sum(m.amount) + f.overdraw AS amount, f.fund_id,
               f.institution_id
        FROM amended AS m
        JOIN fund.fund AS f USING (fund_id)
        GROUP BY f.fund_id
    )
    SELECT t.line, t.column_name, t.value, t.reason FROM twice AS t
    UNION ALL
    SELECT t.line, CASE WHEN s."end" IS NULL THEN 'start' ELSE 'end' END, coalesce(s."end", s.start),
           format('the period of performance would be from %s to %s', t.first_days[cardinality(t.first_days)],
                  t.last_days[cardinality(t.last_days)])
    FROM term AS t
    JOIN import_stage AS s ON s.line = t.line AND num_nonnulls(s.start, s."end") > 0
    WHERE t.first_days[cardinality(t.first_days)] > t.last_days[cardinality(t.last_days)]
    UNION ALL
    SELECT DISTINCT ON (m.line)
           m.line, 'amount', s.amount, format('takes away more than there is: from %s on it would be worth %s',
                                              w.effective, w.amount)
    FROM amended AS m
    JOIN worth AS w ON w.fund_id = m.fund_id AND w.effective >= m.effective AND w.amount < 0
    JOIN import_stage AS s ON s.line = m.line
    WHERE m.amount < 0
    UNION ALL
    SELECT l.line, 'amount', s.amount, format('leaves %s, and %s were paid already', l.amount, trim_scale(p.amount))
    FROM lowered AS l
    JOIN import_stage AS s ON s.line = l.line
    CROSS JOIN LATERAL (SELECT sum(b.amount) AS amount
                        FROM fund.paid_before(l.institution_id, 'infinity', '{}', '{}') AS b
                        WHERE b.scope = 'fund' AND b.id = l.fund_id) AS p
    WHERE p.amount > l.amount AND l.amount >= 0;

    RETURN QUERY
    SELECT min(s.line), 'amount', NULL::text,
           CASE WHEN count(*) = 1 THEN format('transfer %s has one row: money comes from one fund and goes to another', s.reference)
                WHEN count(DISTINCT s.effective) > 1 THEN format('transfer %s happens on several days', s.reference)
                ELSE format('transfer %s adds up to %s, not 0', s.reference, sum(s.amount::numeric)) END
    FROM import_stage AS s
    WHERE s.kind = 'transfer'
    GROUP BY s.institution, s.reference
    HAVING sum(s.amount::numeric) <> 0 OR count(DISTINCT s.effective) > 1;
END
$$;
COMMENT ON FUNCTION import.check_amended() IS 'What the rows of a file of the kind amendments, each of which is sound, make of the funds, and where that can''t be';

GRANT EXECUTE ON FUNCTION import.check_amended() TO hm_rater;
