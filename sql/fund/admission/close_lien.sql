CREATE FUNCTION fund.close_lien(of_lien bigint, why text, at timestamptz) RETURNS boolean
    LANGUAGE sql
    BEGIN ATOMIC
        WITH closed AS (
            UPDATE fund.lien AS n
            SET released_at = greatest(n.opened_at, close_lien.at), reason = coalesce(nullif(why, ''), 'released')
            WHERE n.lien_id = of_lien AND n.released_at IS NULL
            RETURNING n.lien_id
        )
        SELECT EXISTS (SELECT FROM closed);
    END;
COMMENT ON FUNCTION fund.close_lien(bigint, text, timestamptz) IS 'Release a lien at an instant (UTC), for a reason; was it open?';

GRANT EXECUTE ON FUNCTION fund.close_lien TO hm_owner; -- a part of fund.can_spawn(), fund.release_lien()
