CREATE FUNCTION report.is_known(what text, code text) RETURNS boolean
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT CASE what WHEN 'department' THEN code = '(suspense)'
                                            OR EXISTS (SELECT FROM org.unit AS u WHERE u.code = is_known.code)
                     WHEN 'person'     THEN EXISTS (SELECT FROM org.person AS p WHERE p.code = is_known.code) END
$$;
COMMENT ON FUNCTION report.is_known(text, text) IS 'Is there a department or a person of this code? What: department or person';

GRANT EXECUTE ON FUNCTION report.is_known(text, text) TO hm_finance, hm_rater;
