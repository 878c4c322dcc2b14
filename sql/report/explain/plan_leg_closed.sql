CREATE FUNCTION report.plan_leg_closed(of_leg integer, at timestamptz, month date, class text) RETURNS text
    LANGUAGE sql STABLE
    BEGIN ATOMIC
        SELECT CASE
                   WHEN NOT class = ANY (l.only_classes)
                   THEN 'does not pay for ' || coalesce('class ' || nullif(class, ''), 'usage without a class')
                   WHEN at < lower(t.pays)
                   THEN 'begins on ' || to_char(lower(t.pays) AT TIME ZONE i.time_zone, 'YYYY-MM-DD')
                   WHEN at >= upper(t.pays)
                   THEN 'ended on ' || to_char(upper(t.pays) AT TIME ZONE i.time_zone - interval '1 day', 'YYYY-MM-DD')
                   WHEN t.last_posting < (month + interval '1 month - 1 day')::date
                   THEN format('its last day of posting, %s, is before the end of %s',
                               to_char(t.last_posting, 'YYYY-MM-DD'), to_char(month, 'YYYY-MM'))
               END
        FROM fund.plan_leg AS l
        JOIN fund.fund AS f USING (fund_id)
        JOIN org.institution AS i USING (institution_id)
        CROSS JOIN LATERAL fund.terms(f.institution_id) AS t
        WHERE l.plan_leg_id = of_leg AND t.fund_id = l.fund_id;
    END;
COMMENT ON FUNCTION report.plan_leg_closed(integer, timestamptz, date, text) IS 'Why a leg of a plan may not pay for usage at an instant (UTC), of a usage month and a class of machine, whatever is left of its money; null: it may';

GRANT EXECUTE ON FUNCTION report.plan_leg_closed(integer, timestamptz, date, text)
    TO hm_owner; -- a part of report.share_funding()
