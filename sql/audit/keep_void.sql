CREATE FUNCTION audit.keep_void() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RAISE EXCEPTION 'the row of %.% was voided and stays as it was', TG_TABLE_SCHEMA, TG_TABLE_NAME
          USING ERRCODE = 'restrict_violation', HINT = 'If it was right after all, import it again.';
END
$$;
COMMENT ON FUNCTION audit.keep_void() IS 'Trigger: nobody changes what was wrong';

DO $$
DECLARE
    fact text;
BEGIN
    FOREACH fact IN ARRAY ARRAY['org.unit_parent', 'org.hub_owner', 'org.alias', 'org.membership',
                                'org.group_unit', 'org.group_member', 'org.hub_group',
                                'org.group_policy', 'org.settlement', 'org.domain', 'price.customer',
                                'price.book', 'fund.plan_version', 'fund.assignment', 'fund.cap',
                                'budget.steward', 'org.reader'] LOOP
        EXECUTE format('CREATE TRIGGER keep_void BEFORE UPDATE ON %s
                        FOR EACH ROW WHEN (OLD.voided_at IS NOT NULL)
                        EXECUTE FUNCTION audit.keep_void()', fact);
    END LOOP;
END
$$;
