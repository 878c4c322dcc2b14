-- Prices carry no currency and boundaries at midnight no time zone of their own: once an
-- institution has any, neither may change under them.
CREATE FUNCTION org.in_use(institution_id integer) RETURNS boolean
    LANGUAGE sql STABLE
    RETURN EXISTS (SELECT FROM price.book b WHERE b.institution_id = in_use.institution_id AND b.voided_at IS NULL)
        OR EXISTS (SELECT FROM org.unit u JOIN org.membership m USING (unit_id)
                   WHERE u.institution_id = in_use.institution_id AND m.voided_at IS NULL);
COMMENT ON FUNCTION org.in_use(integer) IS 'Does the institution have prices or members, so that its time zone and currency stay?';

GRANT EXECUTE ON FUNCTION org.in_use(integer) TO hm_rater;
