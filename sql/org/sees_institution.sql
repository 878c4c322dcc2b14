CREATE FUNCTION org.sees_institution(of_institution integer) RETURNS boolean
    LANGUAGE sql STABLE
    RETURN org.sees_all() OR of_institution = ANY (org.seen_institutions());
COMMENT ON FUNCTION org.sees_institution(integer) IS 'May whoever asks see all of the institution? For functions that read with the owner''s rights';

GRANT EXECUTE ON FUNCTION org.sees_institution(integer) TO hm_owner; -- and whoever owns such functions
