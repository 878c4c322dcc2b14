-- Not only when charges change: a budget that was raised and is used up again is another crossing.
CREATE FUNCTION budget.note_change() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM budget.raise_alerts(c.institution_id) FROM (SELECT DISTINCT institution_id FROM change) AS c;
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION budget.note_change() IS 'Trigger: raise and end alerts of the institutions whose budgets or thresholds the statement changed';

CREATE TRIGGER alert_insert AFTER INSERT ON budget.budget REFERENCING NEW TABLE AS change
    FOR EACH STATEMENT EXECUTE FUNCTION budget.note_change();
CREATE TRIGGER alert_update AFTER UPDATE ON budget.budget REFERENCING NEW TABLE AS change
    FOR EACH STATEMENT EXECUTE FUNCTION budget.note_change();
CREATE TRIGGER alert_insert AFTER INSERT ON budget.threshold REFERENCING NEW TABLE AS change
    FOR EACH STATEMENT EXECUTE FUNCTION budget.note_change();
CREATE TRIGGER alert_delete AFTER DELETE ON budget.threshold REFERENCING OLD TABLE AS change
    FOR EACH STATEMENT EXECUTE FUNCTION budget.note_change();
