-- In PL/pgSQL, so that it is not made a part of the query that asks: what is seen would be looked up while that is
-- planned, again for every month.
CREATE FUNCTION org.sees_share(share charge.share) RETURNS boolean
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RETURN org.sees_institution(share.institution_id)
        OR share.person_id = ANY (org.seen_people())
        OR share.group_id = ANY (org.named_groups())
        OR org.saw_unit(share.unit_id, tstzrange(share.first_slot, share.first_slot, '[]'));
END
$$;
COMMENT ON FUNCTION org.sees_share(charge.share) IS 'As the policy of charge.share: may whoever asks see it? For functions that read a few with the owner''s rights';

GRANT EXECUTE ON FUNCTION org.sees_share(charge.share) TO hm_owner; -- and whoever owns such functions
