CREATE FUNCTION audit.void_rows(fact regclass, row_ids bigint[], reason text) RETURNS bigint
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    key text;
    voided bigint;
BEGIN
    SELECT a.attname INTO STRICT key
    FROM pg_index AS i
    JOIN pg_attribute AS a ON a.attrelid = i.indrelid AND a.attnum = ANY (i.indkey)
    WHERE i.indrelid = fact AND i.indisprimary;
    -- A version of a plan holds until the next one: it has no range.
    EXECUTE format('UPDATE %s SET voided_at = now(), void_reason = $2%s WHERE %I = ANY ($1) AND voided_at IS NULL',
                   fact,
                   CASE WHEN fact <> 'fund.plan_version'::regclass
                        THEN ', was_valid = valid, valid = ''empty''' ELSE '' END,
                   key)
    USING row_ids, reason;
    GET DIAGNOSTICS voided = ROW_COUNT;
    RETURN voided;
END
$$;
COMMENT ON FUNCTION audit.void_rows(regclass, bigint[], text) IS 'Void rows of a table of org, price or fund by their ids, with the reason: they are kept and count no more. Returns how many';

GRANT EXECUTE ON FUNCTION audit.void_rows(regclass, bigint[], text) TO hm_rater;
