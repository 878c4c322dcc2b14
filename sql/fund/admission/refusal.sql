CREATE FUNCTION fund.refusal(of_leg integer, class text, at timestamptz, month date, free numeric, needed numeric,
                             what text) RETURNS text
    LANGUAGE sql STABLE
    BEGIN ATOMIC
        SELECT 'fund ' || f.code || coalesce(
                   ' ' || report.plan_leg_closed(of_leg, refusal.at, refusal.month, refusal.class),
                   format(': %s %s left of %s, %s %s needed', trim_scale(refusal.free), i.currency, refusal.what,
                          trim_scale(refusal.needed), i.currency),
                   ' must not pay what another award refused')
        FROM fund.plan_leg AS l
        JOIN fund.fund AS f USING (fund_id)
        JOIN org.institution AS i USING (institution_id)
        WHERE l.plan_leg_id = of_leg;
    END;
COMMENT ON FUNCTION fund.refusal(integer, text, timestamptz, date, numeric, numeric, text) IS 'Why a leg of a plan that denies can''t pay its part, in words: the time, the class of machine or how much is free of what it needs';

GRANT EXECUTE ON FUNCTION fund.refusal TO hm_owner; -- a part of fund.can_spawn()
