CREATE FUNCTION org.sees_share(share charge.share) RETURNS boolean
    LANGUAGE sql STABLE
    RETURN org.sees_institution((share).institution_id)
        OR (share).person_id = ANY (org.seen_people())
        OR (share).group_id = ANY (org.named_groups())
        OR org.saw_unit((share).unit_id, tstzrange((share).first_slot, (share).first_slot, '[]'));
COMMENT ON FUNCTION org.sees_share(charge.share) IS 'As the policy of charge.share: may whoever asks see it? For functions that read a few with the owner''s rights';

GRANT EXECUTE ON FUNCTION org.sees_share(charge.share) TO hm_owner; -- and whoever owns such functions
