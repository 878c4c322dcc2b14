CREATE FUNCTION audit.refuse_delete() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RAISE EXCEPTION 'rows of %.% are closed, renamed or voided, never deleted: past charges name them',
                    TG_TABLE_SCHEMA, TG_TABLE_NAME
          USING ERRCODE = 'restrict_violation';
END
$$;
COMMENT ON FUNCTION audit.refuse_delete() IS 'Trigger: a row that past charges name stays';

DO $$
DECLARE
    reference text;
BEGIN
    FOREACH reference IN ARRAY ARRAY['org.institution', 'org.unit', 'org.unit_parent', 'org.hub_owner',
                                     'org.person', 'org.alias', 'org.membership', 'org.user_group',
                                     'org.group_unit', 'org.group_member', 'org.hub_group',
                                     'org.group_policy', 'org.settlement', 'org.domain', 'price.customer',
                                     'price.book', 'fund.fund', 'fund.amendment', 'fund.plan',
                                     'fund.plan_version', 'fund.plan_leg', 'fund.assignment', 'fund.cap',
                                     'budget.budget', 'budget.steward', 'org.reader'] LOOP
        EXECUTE format('CREATE TRIGGER refuse_delete BEFORE DELETE ON %s
                        FOR EACH ROW EXECUTE FUNCTION audit.refuse_delete()', reference);
        EXECUTE format('CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON %s
                        FOR EACH STATEMENT EXECUTE FUNCTION audit.refuse_delete()', reference);
    END LOOP;
END
$$;
