CREATE FUNCTION ledger.repoint(of_line bigint, to_plan text, why text) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    l record;
    plan integer;
BEGIN
    SELECT * INTO l FROM ledger.review_line(of_line);
    IF coalesce(why, '') = '' THEN
        RAISE EXCEPTION 'a charge is paid otherwise for a reason' USING ERRCODE = 'invalid_parameter_value';
    END IF;
    SELECT p.plan_id INTO plan
    FROM fund.plan AS p
    WHERE p.institution_id = l.institution_id AND p.code = to_plan
      AND (pg_has_role(session_user, 'hm_controller', 'MEMBER')
           OR EXISTS (SELECT FROM fund.assignment AS a
                      LEFT JOIN org.group_unit AS g ON g.group_id = a.group_id AND g.valid @> now()
                      WHERE a.plan_id = p.plan_id AND a.valid @> now()
                        AND ledger.looks_after(coalesce(a.unit_id, g.unit_id))));
    IF NOT FOUND THEN
        RAISE EXCEPTION 'no plan "%" of % that % may charge', to_plan, l.institution, session_user
              USING ERRCODE = 'no_data_found',
                    HINT = 'A steward may charge the plans that are assigned to the own departments and their groups.';
    END IF;
    INSERT INTO fund.repointing (institution_id, line_id, plan_id, reason)
    VALUES (l.institution_id, of_line, plan, why);
    INSERT INTO fund.dirty_day (institution_id, day, hub_id) VALUES (l.institution_id, l.day, l.hub_id)
    ON CONFLICT DO NOTHING;
END
$$;
COMMENT ON FUNCTION ledger.repoint(bigint, text, text) IS 'Have another plan pay for a charge line that is under review: of a department, and a plan assigned to one, that whoever signed in looks after. It is funded so with the next hubmeter rate';

GRANT EXECUTE ON FUNCTION ledger.repoint(bigint, text, text) TO hm_controller, hm_steward;
