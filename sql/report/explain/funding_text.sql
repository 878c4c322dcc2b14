CREATE FUNCTION report.funding_text(funding jsonb, institution text, currency text) RETURNS SETOF text
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp SET timezone = 'UTC' AS $$
DECLARE
    g jsonb;
    rule jsonb;
    assignment jsonb;
    said jsonb;
BEGIN
    IF funding IS NULL OR funding = 'null' THEN
        RETURN NEXT format('funds: %s has none', institution);
        RETURN;
    END IF;
    IF (funding ->> 'waiting')::boolean THEN
        RETURN NEXT 'funds: a change is not funded yet: hubmeter rate';
    END IF;
    FOR g IN SELECT * FROM jsonb_array_elements(funding -> 'legs') LOOP
        rule := g -> 'rule';
        assignment := g -> 'assignment';
        IF rule <> 'null' AND said IS DISTINCT FROM rule - '{tier,leg,weight_ppm}'::text[] THEN
            said := rule - '{tier,leg,weight_ppm}'::text[];
            IF assignment <> 'null' THEN
                RETURN NEXT format('plan: %s pays for %s %s; from %s to %s, source %s', rule ->> 'plan',
                                   CASE assignment ->> 'scope' WHEN 'unit' THEN 'department'
                                                               ELSE assignment ->> 'scope' END,
                                   assignment ->> 'code', coalesce(assignment ->> 'valid_from', 'ever'),
                                   coalesce(assignment ->> 'valid_to', 'open'), assignment ->> 'source');
            END IF;
            RETURN NEXT format('plan %s as of %s, by %s, approved by %s%s: %s', rule ->> 'plan', rule ->> 'valid_from',
                               rule ->> 'author', rule ->> 'approver',
                               coalesce(' on ' || (rule ->> 'approved_at'), ' as the file says'), rule ->> 'basis');
        END IF;
        IF rule = 'null' THEN
            RETURN NEXT format('no fund pays %s %s: %s', g ->> 'amount', currency, g ->> 'reason');
        ELSE
            RETURN NEXT format('fund %s pays %s %s: tier %s, leg %s, %s ppm of what reaches the tier', g ->> 'fund',
                               g ->> 'amount', currency, rule ->> 'tier', rule ->> 'leg', rule ->> 'weight_ppm');
        END IF;
        RETURN QUERY
        SELECT format('  rather than %s (tier %s, leg %s): %s', p ->> 'fund', p ->> 'tier', p ->> 'leg', p ->> 'why')
        FROM jsonb_array_elements(g -> 'rather_than') AS p;
    END LOOP;
END
$$;
COMMENT ON FUNCTION report.funding_text(jsonb, text, text) IS 'report.share_funding for people: lines of text about the share of an institution in a currency';

GRANT EXECUTE ON FUNCTION report.funding_text(jsonb, text, text)
    TO hm_finance, hm_rater, hm_steward, hm_instructor, hm_member;
