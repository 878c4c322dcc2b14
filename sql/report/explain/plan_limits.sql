-- What was paid is known by day, so spent is as of the end of the share's.
CREATE FUNCTION report.plan_limits(share charge.share, of_version integer, at timestamptz)
    RETURNS TABLE (plan_leg_id integer, what text, room numeric, spent numeric)
    LANGUAGE sql STABLE
    BEGIN ATOMIC
        SELECT m.plan_leg_id, m.what, m.room, m.spent
        FROM fund.limits(share.institution_id, of_version, share.unit_id, share.person_id, plan_limits.at, share.month,
                         share.day + 1) AS m
        JOIN fund.plan_leg AS l USING (plan_leg_id)
        WHERE l.on_exhaust <> 'overdraw';
    END;
COMMENT ON FUNCTION report.plan_limits(charge.share, integer, timestamptz) IS 'What the legs of a version of a plan can run out of when they pay for a share, as it is at an instant (UTC): the fund''s amount and every cap, in words; how much each is, and what was paid of it up to the end of the share''s day, in the institution''s currency';

GRANT EXECUTE ON FUNCTION report.plan_limits(charge.share, integer, timestamptz)
    TO hm_owner; -- a part of report.share_funding()
