-- With the rights of the owner: the law holds whatever whoever writes can see.
CREATE FUNCTION budget.check_delegation() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    checked integer;
BEGIN
    -- Always in the same order, so that no two wait for each other.
    FOR checked IN SELECT n FROM unnest(ARRAY[NEW.budget_id, NEW.parent_budget_id]) AS n WHERE n IS NOT NULL
        ORDER BY n LOOP
        PERFORM budget.check_budget(checked);
    END LOOP;
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION budget.check_delegation() IS 'Trigger: what is delegated from a budget never exceeds it';

CREATE CONSTRAINT TRIGGER check_delegation AFTER INSERT OR UPDATE ON budget.budget
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION budget.check_delegation();
