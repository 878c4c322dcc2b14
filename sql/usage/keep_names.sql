-- A batch may say late whose a workload is, and later batches of an earlier slot. Nothing says it is somebody else's.
CREATE FUNCTION usage.keep_names() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RAISE EXCEPTION 'workload % is bound already', old.workload_id
          USING ERRCODE = 'insufficient_privilege',
                DETAIL = 'User, server and tag of a workload are set once, and its first slot only moves to earlier.';
END
$$;
COMMENT ON FUNCTION usage.keep_names() IS 'Trigger: refuse to change whose a workload is, once that is known';

-- Its owner may, to mend what is wrong by hand.
CREATE TRIGGER keep_names BEFORE UPDATE ON usage.workload
    FOR EACH ROW
    WHEN (((old.username <> '' AND new.username <> old.username)
           OR (old.server_name <> '' AND new.server_name <> old.server_name)
           OR (old.tag <> '' AND new.tag <> old.tag)
           OR new.first_slot > old.first_slot)
          AND NOT pg_has_role(current_user, 'hm_owner', 'USAGE'))
    EXECUTE FUNCTION usage.keep_names();
