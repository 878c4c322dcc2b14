-- 2 CFR 200.405(c): what one award can't pay must not be shifted to another. Shares in one tier are
-- fine (200.405(d)) as long as no part of them can move on. Awards whose legs never pay for the same class
-- can't make up for one another.
CREATE FUNCTION fund.plan_faults(legs fund.plan_leg[])
    RETURNS TABLE (tier smallint, sequence smallint, reason text)
    LANGUAGE sql STABLE
    BEGIN ATOMIC
        WITH leg AS MATERIALIZED (
            SELECT l.tier, l.sequence, l.fund_id, l.only_classes, l.on_exhaust, f.code, f.kind, f.is_limited,
                   f.kind IN ('federal', 'sponsored') AS is_award, l.tier = max(l.tier) OVER () AS is_last
            FROM unnest(legs) AS l
            JOIN fund.fund AS f USING (fund_id)
        ),
        shift AS (
            SELECT DISTINCT ON (b.tier, b.sequence, a.tier = b.tier)
                   a.tier AS from_tier, a.sequence AS from_sequence, a.code AS from_code, a.kind AS from_kind,
                   b.tier AS to_tier, b.sequence AS to_sequence, b.code AS to_code, b.kind AS to_kind
            FROM leg AS a
            JOIN leg AS b ON b.is_award AND b.fund_id <> a.fund_id
                         AND (b.tier > a.tier OR b.tier = a.tier AND a.on_exhaust = 'redistribute')
                         AND (a.only_classes && b.only_classes) IS NOT FALSE
            WHERE a.is_award
            ORDER BY b.tier, b.sequence, a.tier = b.tier, a.tier DESC, a.sequence
        )
        SELECT l.tier, l.sequence,
               CASE WHEN l.is_award
                    THEN format('the last tier pays whatever is left, and fund %s is an award (%s), which pays only so much',
                                l.code, l.kind)
                    ELSE format('the last tier pays whatever is left, and fund %s is limited to its amount', l.code) END
               || ': put an operating, gift, prepaid or subsidy fund without an amount there'
        FROM leg AS l
        WHERE l.is_last AND (l.is_award OR l.is_limited)
        UNION ALL
        SELECT s.to_tier, s.to_sequence,
               format('what fund %s (%s, tier %s) refuses would land on fund %s (%s): 2 CFR 200.405(c) does not let '
                      'one award make up for another; put an operating, gift, prepaid or subsidy fund there',
                      s.from_code, s.from_kind, s.from_tier, s.to_code, s.to_kind)
        FROM shift AS s
        WHERE s.to_tier > s.from_tier
        UNION ALL
        SELECT s.from_tier, s.from_sequence,
               format('what fund %s (%s) has no money for would be redistributed to fund %s (%s) of the same tier: '
                      '2 CFR 200.405(c) does not let one award make up for another; say spill, with an operating, '
                      'gift, prepaid or subsidy fund in the next tier',
                      s.from_code, s.from_kind, s.to_code, s.to_kind)
        FROM shift AS s
        WHERE s.to_tier = s.from_tier
        UNION ALL
        SELECT l.tier, l.sequence,
               format('fund %s is an award (%s) and must not be overdrawn: what it is not worth is not its to pay '
                      '(2 CFR 200.405(c)); say spill, with an operating, gift, prepaid or subsidy fund in the next tier',
                      l.code, l.kind)
        FROM leg AS l
        WHERE l.is_award AND l.on_exhaust = 'overdraw'
        ORDER BY 1, 2, 3;
    END;
COMMENT ON FUNCTION fund.plan_faults(fund.plan_leg[]) IS 'Why a version of a plan with these legs can''t be approved, at which of them; no row: it can';

GRANT EXECUTE ON FUNCTION fund.plan_faults(fund.plan_leg[]) TO hm_rater, hm_finance, hm_controller;
