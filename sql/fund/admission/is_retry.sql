CREATE FUNCTION fund.is_retry(old fund.lien, asked fund.lien) RETURNS boolean
    LANGUAGE sql IMMUTABLE
    RETURN coalesce(((old).class_id, (old).tag, (old).cpu_milli, (old).memory_mib, (old).gpu_milli, (old).max_seconds)
                    = ((asked).class_id, (asked).tag, (asked).cpu_milli, (asked).memory_mib, (asked).gpu_milli,
                       (asked).max_seconds)
                    AND (asked).opened_at < least((old).expires_at, (old).opened_at + interval '15 minutes'), false);
COMMENT ON FUNCTION fund.is_retry(fund.lien, fund.lien) IS 'Is what is asked for the same as an open lien of the server, within a quarter of an hour? Then the hub asks again, else the server starts again';

GRANT EXECUTE ON FUNCTION fund.is_retry(fund.lien, fund.lien) TO hm_owner; -- a part of fund.can_spawn()
