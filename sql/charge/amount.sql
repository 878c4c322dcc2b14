-- Half a nano-unit rounds away from zero. Integer division throughout: a numeric quotient would be
-- rounded to its own number of digits first, and the amount then twice.
CREATE FUNCTION charge.amount(billable numeric, rate numeric, base_units bigint) RETURNS numeric
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN div(2 * billable * rate * 1000000000 + base_units, 2 * base_units::numeric) * 0.000000001;
COMMENT ON FUNCTION charge.amount(numeric, numeric, bigint) IS 'round(billable * rate / base_units, 9), rounded once; nothing may be negative';

GRANT EXECUTE ON FUNCTION charge.amount(numeric, numeric, bigint) TO hm_rater;
