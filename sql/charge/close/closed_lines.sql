-- A line stands once the month of its provider, or of anybody who pays for it, is not open.
CREATE FUNCTION charge.closed_lines(of_hub integer, of_day date, of_basis text) RETURNS bigint[]
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp SET jit = off AS $$
DECLARE
    first_month date := date_trunc('month', of_day - interval '1 day');
    last_month date := date_trunc('month', of_day + interval '1 day');
BEGIN
    IF NOT EXISTS (SELECT FROM ledger.period WHERE state <> 'open' AND month >= first_month) THEN
        RETURN '{}';
    END IF;
    RETURN ARRAY(
        SELECT l.line_id
        FROM charge.line AS l JOIN ledger.frozen AS f ON f.institution_id = l.provider_id AND l.period <= f.until
        WHERE l.hub_id = of_hub AND l.day = of_day AND l.month BETWEEN first_month AND last_month
          AND l.basis = of_basis
        UNION
        SELECT s.line_id
        FROM charge.share AS s JOIN ledger.frozen AS f ON f.institution_id = s.institution_id AND s.period <= f.until
        WHERE s.hub_id = of_hub AND s.day = of_day AND s.month BETWEEN first_month AND last_month
          AND s.basis = of_basis);
END
$$;
COMMENT ON FUNCTION charge.closed_lines(integer, date, text) IS 'Charge lines of a hub-day, of one basis, that stand as they are: the posting month of the provider or of somebody who pays is not open';

GRANT EXECUTE ON FUNCTION charge.closed_lines(integer, date, text) TO hm_rater;
