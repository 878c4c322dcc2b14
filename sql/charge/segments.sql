-- The day is cut wherever any answer changes: a membership, a user name, a group, the owner of a hub, a
-- price, the month of a calendar. Most days are one segment. Within a segment every question has one answer, the one at
-- its start.
CREATE FUNCTION charge.segments(of_hub integer, of_day date)
    RETURNS TABLE (starts timestamptz, ends timestamptz, provider_id integer, month date, currency text)
    LANGUAGE plpgsql STABLE ROWS 2 SET search_path = pg_catalog, pg_temp SET jit = off
    SET plan_cache_mode = force_generic_plan SET enable_nestloop = on SET enable_hashagg = off AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    WITH day (day_start, day_end) AS (
        SELECT of_day::timestamp AT TIME ZONE 'UTC', (of_day + 1)::timestamp AT TIME ZONE 'UTC'
    ),
    boundary (starts) AS (
        SELECT day_start FROM day
        UNION
        SELECT lower(valid) FROM org.membership, day WHERE lower(valid) > day_start AND lower(valid) < day_end
        UNION
        SELECT upper(valid) FROM org.membership, day WHERE upper(valid) > day_start AND upper(valid) < day_end
        UNION
        SELECT lower(valid) FROM org.alias, day WHERE lower(valid) > day_start AND lower(valid) < day_end
        UNION
        SELECT upper(valid) FROM org.alias, day WHERE upper(valid) > day_start AND upper(valid) < day_end
        UNION
        SELECT lower(valid) FROM org.group_member, day WHERE lower(valid) > day_start AND lower(valid) < day_end
        UNION
        SELECT upper(valid) FROM org.group_member, day WHERE upper(valid) > day_start AND upper(valid) < day_end
        UNION
        SELECT lower(valid) FROM org.group_unit, day WHERE lower(valid) > day_start AND lower(valid) < day_end
        UNION
        SELECT upper(valid) FROM org.group_unit, day WHERE upper(valid) > day_start AND upper(valid) < day_end
        UNION
        SELECT lower(valid) FROM org.hub_group, day WHERE lower(valid) > day_start AND lower(valid) < day_end
        UNION
        SELECT upper(valid) FROM org.hub_group, day WHERE upper(valid) > day_start AND upper(valid) < day_end
        UNION
        SELECT lower(valid) FROM org.group_policy, day WHERE lower(valid) > day_start AND lower(valid) < day_end
        UNION
        SELECT upper(valid) FROM org.group_policy, day WHERE upper(valid) > day_start AND upper(valid) < day_end
        UNION
        SELECT lower(valid) FROM org.settlement, day WHERE lower(valid) > day_start AND lower(valid) < day_end
        UNION
        SELECT upper(valid) FROM org.settlement, day WHERE upper(valid) > day_start AND upper(valid) < day_end
        UNION
        SELECT lower(valid) FROM org.domain, day WHERE lower(valid) > day_start AND lower(valid) < day_end
        UNION
        SELECT upper(valid) FROM org.domain, day WHERE upper(valid) > day_start AND upper(valid) < day_end
        UNION
        SELECT lower(valid) FROM org.hub_owner, day WHERE lower(valid) > day_start AND lower(valid) < day_end
        UNION
        SELECT upper(valid) FROM org.hub_owner, day WHERE upper(valid) > day_start AND upper(valid) < day_end
        UNION
        SELECT lower(valid) FROM price.customer, day WHERE lower(valid) > day_start AND lower(valid) < day_end
        UNION
        SELECT upper(valid) FROM price.customer, day WHERE upper(valid) > day_start AND upper(valid) < day_end
        UNION
        SELECT lower(valid) FROM price.book, day WHERE lower(valid) > day_start AND lower(valid) < day_end
        UNION
        SELECT upper(valid) FROM price.book, day WHERE upper(valid) > day_start AND upper(valid) < day_end
        UNION
        SELECT s.starts
        FROM day
        CROSS JOIN (SELECT DISTINCT time_zone FROM org.institution) AS z
        CROSS JOIN generate_series(day_start, day_end - usage.slot_length(), usage.slot_length()) AS s (starts)
        WHERE charge.month(s.starts, z.time_zone)
              <> charge.month(s.starts - usage.slot_length(), z.time_zone)
    )
    SELECT b.starts, lead(b.starts, 1, d.day_end) OVER (ORDER BY b.starts),
           p.institution_id, charge.month(b.starts, p.time_zone), p.currency
    FROM boundary AS b
    CROSS JOIN day AS d
    JOIN usage.hub AS h ON h.hub_id = of_hub
    LEFT JOIN org.hub_owner AS o ON o.hub = h.name AND o.valid @> b.starts
    JOIN org.institution AS p ON p.institution_id = coalesce(o.institution_id, 0);
END
$$;
COMMENT ON FUNCTION charge.segments(integer, date) IS 'The parts of a UTC day of a hub in which every question about charges has one answer: [starts, ends), the institution that provides the hub, the month in its calendar, its currency';

GRANT EXECUTE ON FUNCTION charge.segments(integer, date) TO hm_rater;
