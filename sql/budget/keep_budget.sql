CREATE FUNCTION budget.keep_budget() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND ((OLD.budget_id, OLD.institution_id, OLD.unit_id, OLD.fiscal_year)
                             IS DISTINCT FROM (NEW.budget_id, NEW.institution_id, NEW.unit_id, NEW.fiscal_year)
                             OR OLD.parent_budget_id <> coalesce(NEW.parent_budget_id, 0)) THEN
        RAISE EXCEPTION 'a budget stays that of its department and year, and delegated from the same one'
              USING ERRCODE = 'restrict_violation';
    END IF;
    NEW.set_at := now();
    NEW.set_by := session_user;
    IF NOT pg_has_role(current_user, 'hm_rater', 'USAGE') THEN
        NEW.delegated_by := session_user; -- a file of the rater's may name somebody else
    END IF;
    RETURN NEW;
END
$$;
COMMENT ON FUNCTION budget.keep_budget() IS 'Trigger: of a budget only the amount changes, and it says who set it; one that was delegated from none may find one';

CREATE TRIGGER keep_budget BEFORE INSERT OR UPDATE ON budget.budget
    FOR EACH ROW EXECUTE FUNCTION budget.keep_budget();
