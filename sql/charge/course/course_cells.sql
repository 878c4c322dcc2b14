-- Weeks are put together, from the first on, until so many students used something for the course that the institution
-- lets their sum be shown: a cell. All that is shown of a course is sums of whole cells, so any difference of two of
-- them is one, too. For the same reason a cell stays what it is once it was shown, whatever comes later:
--
--     week       1   2   3   4   5   6   7  (8 weeks of nothing)  16  17
--     students   3   9   7   2   2   8   1                         6   2      smallest_group: 5
--               └─────┘ └─┘ └─────────────┘                       └─────┘
--
-- What is too little at the end of a term goes with the last cell of the term; where the term has none, with the first
-- of the next. Nobody knows that a term has ended before nothing was used for 8 weeks, so until then the last cell that
-- is large enough is not shown.
--
-- Cells are of one institution that pays and one currency, and count students alone: whoever asks may know what those
-- used who teach, have taught or will teach the course. A question chooses among cells and makes none: this is always
-- done for whole courses.
CREATE FUNCTION charge.course_cells(of_groups integer[], this_week date)
    RETURNS TABLE (institution_id integer, group_id integer, currency text, first_day date, last_day date,
                   students text[], amount numeric)
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
    week record;
    rest_first date; -- of the weeks after the cell; null: none
    rest_students text[];
    rest_amount numeric;
BEGIN
    FOR week IN
        WITH used AS (
            SELECT s.institution_id, s.group_id, s.currency, date_trunc('week', s.day::timestamp)::date AS monday,
                   CASE WHEN sum(s.billable) <> 0 AND NOT EXISTS (
                            SELECT FROM org.group_member AS m
                            WHERE m.group_id = s.group_id AND m.person_id = s.person_id AND NOT isempty(m.valid)
                              AND m.role IN ('teacher', 'instructor', 'ta', 'pi', 'designer'))
                        THEN charge.somebody(s.person_id, s.hub_id, w.username) END AS student,
                   sum(s.amount) AS amount
            FROM charge.share AS s
            JOIN charge.workload_group AS w USING (workload_group_id)
            WHERE s.basis = 'rate_card' AND s.group_id = ANY (of_groups) AND s.day < this_week + 7
            GROUP BY s.institution_id, s.group_id, s.currency, monday, s.person_id, s.hub_id, w.username, s.resource
        )
        SELECT u.*, i.smallest_group,
               lag(u.monday) OVER course IS NULL AS is_first,
               coalesce(lead(u.monday) OVER course, this_week) - u.monday > 8 * 7 AS ends_term
        FROM (SELECT institution_id, group_id, currency, monday, monday + 6 AS sunday, sum(amount) AS amount,
                     array_remove(array_agg(DISTINCT student), NULL) AS students
              FROM used GROUP BY institution_id, group_id, currency, monday) AS u
        JOIN org.user_group AS g USING (group_id)
        JOIN org.institution AS i ON i.institution_id = g.institution_id
        WINDOW course AS (PARTITION BY u.institution_id, u.group_id, u.currency ORDER BY u.monday)
        ORDER BY u.institution_id, u.group_id, u.currency, u.monday
    LOOP
        IF week.is_first THEN
            first_day := NULL; -- of the cell, which is large enough; null: the term has none yet
            rest_first := NULL;
        END IF;
        IF rest_first IS NULL THEN
            rest_first := week.monday;
            rest_students := '{}';
            rest_amount := 0;
        END IF;
        rest_students := ARRAY(SELECT unnest(rest_students) UNION SELECT unnest(week.students));
        rest_amount := rest_amount + week.amount;
        IF cardinality(rest_students) >= week.smallest_group THEN
            IF first_day IS NOT NULL THEN
                RETURN NEXT;
            END IF;
            institution_id := week.institution_id;
            group_id := week.group_id;
            currency := week.currency;
            first_day := rest_first;
            last_day := week.sunday;
            students := rest_students;
            amount := rest_amount;
            rest_first := NULL;
        END IF;
        IF week.ends_term AND first_day IS NOT NULL THEN
            IF rest_first IS NOT NULL THEN
                last_day := week.sunday;
                students := ARRAY(SELECT unnest(students) UNION SELECT unnest(rest_students));
                amount := amount + rest_amount;
                rest_first := NULL;
            END IF;
            RETURN NEXT;
            first_day := NULL;
        END IF;
    END LOOP;
END
$$;
COMMENT ON FUNCTION charge.course_cells(integer[], date) IS 'What was used for some courses cost by the price book in weeks put together, of at least org.institution.smallest_group students each, and who these are, as charge.somebody() says. For functions that read with the owner''s rights and tell nobody who. this_week: the Monday of the week it is';

GRANT EXECUTE ON FUNCTION charge.course_cells(integer[], date) TO hm_owner; -- and whoever owns such functions
