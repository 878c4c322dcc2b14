-- The rule of four eyes holds for whoever writes and however: nobody approves what they entered or wrote, nor
-- what has faults. fund.approve_plan is how it is done.
CREATE FUNCTION fund.keep_version() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    version text := (SELECT format('version %s of plan %s', to_char(NEW.valid_from AT TIME ZONE 'UTC',
                                                                    'YYYY-MM-DD"T"HH24:MI"Z"'), p.code)
                     FROM fund.plan AS p WHERE p.plan_id = NEW.plan_id);
    faults text;
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.approved_at IS NOT NULL OR NEW.voided_at IS NOT NULL THEN
            RAISE EXCEPTION '% can''t be approved as it is entered', version USING ERRCODE = 'restrict_violation';
        END IF;
        NEW.entered_at := now();
        NEW.entered_by := session_user;
        RETURN NEW;
    END IF;

    IF (OLD.plan_id, OLD.valid_from, OLD.basis, OLD.author, OLD.approver, OLD.entered_at, OLD.entered_by)
       IS DISTINCT FROM
       (NEW.plan_id, NEW.valid_from, NEW.basis, NEW.author, NEW.approver, NEW.entered_at, NEW.entered_by) THEN
        RAISE EXCEPTION '% is never changed: enter another version, or void it', version
              USING ERRCODE = 'restrict_violation';
    END IF;
    IF (OLD.approved_at, OLD.approved_by) IS NOT DISTINCT FROM (NEW.approved_at, NEW.approved_by) THEN
        RETURN NEW;
    END IF;

    IF OLD.approved_at IS NOT NULL THEN
        RAISE EXCEPTION '% was approved and stays so: void it if it is wrong', version
              USING ERRCODE = 'restrict_violation';
    ELSIF session_user IN (NEW.entered_by, NEW.author) THEN
        RAISE EXCEPTION '% was % by %: it takes somebody else''s login to approve it', version,
                        CASE session_user WHEN NEW.author THEN 'written' ELSE 'entered' END, session_user
              USING ERRCODE = 'insufficient_privilege';
    END IF;
    SELECT string_agg(format('tier %s leg %s: %s', f.tier, f.sequence, f.reason), E';\n' ORDER BY f.tier, f.sequence)
    INTO faults
    FROM fund.plan_faults((SELECT array_agg(l) FROM fund.plan_leg AS l
                           WHERE l.plan_version_id = NEW.plan_version_id)) AS f;
    IF faults IS NOT NULL THEN
        RAISE EXCEPTION E'% has faults:\n%', version, faults USING ERRCODE = 'check_violation';
    END IF;
    NEW.approved_at := now();
    NEW.approved_by := session_user;
    RETURN NEW;
END
$$;
COMMENT ON FUNCTION fund.keep_version() IS 'Trigger: a version of a plan is approved, without faults, by another login than the one that entered it, and otherwise only ever voided';

CREATE TRIGGER keep_version BEFORE INSERT OR UPDATE ON fund.plan_version
    FOR EACH ROW EXECUTE FUNCTION fund.keep_version();
