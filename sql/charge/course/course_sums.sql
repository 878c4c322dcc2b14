-- With the rights of the owner: who does not see the charges of a course sees what this says of them.
CREATE FUNCTION charge.course_sums()
    RETURNS TABLE (institution text, course text, name text, first_day date, last_day date, students bigint,
                   amount numeric, currency text)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT i.code, g.code, g.name, c.first_day, c.last_day, cardinality(c.students), c.amount, c.currency
    FROM charge.course_cells(org.summed_groups(),
                                     date_trunc('week', now() AT TIME ZONE 'UTC')::date) AS c
    JOIN org.user_group AS g USING (group_id)
    JOIN org.institution AS i ON i.institution_id = c.institution_id
    WHERE i.institution_id = ANY (org.known_institutions())
$$;
COMMENT ON FUNCTION charge.course_sums() IS 'Of report.course_cost what whoever asks may see in sums of many students only; report.course_cost has it';

GRANT EXECUTE ON FUNCTION charge.course_sums() TO hm_finance, hm_rater, hm_instructor;
