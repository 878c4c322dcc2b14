CREATE FUNCTION ledger.looks_after(of_unit integer) RETURNS boolean
    LANGUAGE sql STABLE SECURITY DEFINER
    RETURN pg_has_role(session_user, 'hm_controller', 'MEMBER')
        OR EXISTS (SELECT FROM org.unit AS k
                   CROSS JOIN LATERAL org.units_above(k.institution_id) AS u
                   JOIN budget.steward AS s ON s.unit_id = u.ancestor_id AND s.valid @> now()
                   WHERE k.unit_id = of_unit AND u.unit_id = of_unit AND u.valid @> now() AND s.login = session_user);
COMMENT ON FUNCTION ledger.looks_after(integer) IS 'Whether whoever signed in is a controller, or looks after the department (budget.steward), as it is now';

GRANT EXECUTE ON FUNCTION ledger.looks_after(integer) TO hm_finance, hm_controller, hm_steward;
