CREATE FUNCTION import.scope_fault(institution org.institution, scope text, code text) RETURNS text
    LANGUAGE sql STABLE
    RETURN CASE
        WHEN scope IN ('fund', 'plan', 'unit', 'group', 'person') AND (institution).code IS NOT NULL
             AND import.scope_id((institution).institution_id, scope, code) IS NULL
        THEN CASE scope WHEN 'person' THEN 'unknown person'
                        ELSE format('unknown %s of %s', CASE scope WHEN 'unit' THEN 'department' ELSE scope END,
                                    (institution).code) END
    END;
COMMENT ON FUNCTION import.scope_fault(org.institution, text, text) IS 'Why a row can''t name this by scope and code; null if it can';

GRANT EXECUTE ON FUNCTION import.scope_fault(org.institution, text, text) TO hm_rater;
