-- Runs as the owner: those who change reference rows can't touch the record of it.
CREATE FUNCTION audit.record() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    changed text := TG_TABLE_SCHEMA || '.' || TG_TABLE_NAME;
BEGIN
    CASE TG_OP
        WHEN 'INSERT' THEN
            INSERT INTO audit.change (table_name, operation, new_row)
            SELECT changed, TG_OP, to_jsonb(n) FROM after AS n;
        WHEN 'DELETE' THEN
            INSERT INTO audit.change (table_name, operation, old_row)
            SELECT changed, TG_OP, to_jsonb(o) FROM before AS o;
        ELSE
            EXECUTE format('INSERT INTO audit.change (table_name, operation, old_row, new_row)
                            SELECT $1, $2, to_jsonb(o), to_jsonb(n)
                            FROM before AS o JOIN after AS n USING (%I) WHERE o IS DISTINCT FROM n', TG_ARGV[0])
            USING changed, TG_OP;
    END CASE;
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION audit.record() IS 'Trigger: note the reference rows that a statement changed. Its argument is the table''s key';

DO $$
DECLARE
    t record;
BEGIN
    FOR t IN SELECT * FROM (VALUES ('org.institution',  'institution_id'),
                                   ('org.unit',         'unit_id'),
                                   ('org.unit_parent',  'unit_parent_id'),
                                   ('org.hub_owner',    'hub_owner_id'),
                                   ('org.person',       'person_id'),
                                   ('org.alias',        'alias_id'),
                                   ('org.membership',   'membership_id'),
                                   ('org.user_group',   'group_id'),
                                   ('org.group_unit',   'group_unit_id'),
                                   ('org.group_member', 'group_member_id'),
                                   ('org.hub_group',    'hub_group_id'),
                                   ('org.group_policy', 'group_policy_id'),
                                   ('org.settlement',   'settlement_id'),
                                   ('org.domain',       'domain_id'),
                                   ('bill.rule',        'rule_id'),
                                   ('price.customer',   'customer_id'),
                                   ('price.study',      'study_id'),
                                   ('price.fee',        'fee_id'),
                                   ('price.book',       'price_id'),
                                   ('fund.chart_segment', 'chart_segment_id'),
                                   ('fund.fund',         'fund_id'),
                                   ('fund.amendment',    'amendment_id'),
                                   ('fund.plan',         'plan_id'),
                                   ('fund.plan_version', 'plan_version_id'),
                                   ('fund.plan_leg',     'plan_leg_id'),
                                   ('fund.assignment',   'assignment_id'),
                                   ('fund.cap',          'cap_id'),
                                   ('ledger.policy',     'institution_id'),
                                   ('budget.budget',     'budget_id'),
                                   ('budget.steward',    'steward_id'),
                                   ('org.reader',        'reader_id'),
                                   ('usage.hub_operator', 'hub_operator_id'),
                                   ('budget.threshold',  'threshold_id')) AS k (name, key) LOOP
        EXECUTE format('
            CREATE TRIGGER audit_insert AFTER INSERT ON %1$s REFERENCING NEW TABLE AS after
                FOR EACH STATEMENT EXECUTE FUNCTION audit.record(%2$L);
            CREATE TRIGGER audit_update AFTER UPDATE ON %1$s REFERENCING OLD TABLE AS before NEW TABLE AS after
                FOR EACH STATEMENT EXECUTE FUNCTION audit.record(%2$L);
            CREATE TRIGGER audit_delete AFTER DELETE ON %1$s REFERENCING OLD TABLE AS before
                FOR EACH STATEMENT EXECUTE FUNCTION audit.record(%2$L)', t.name, t.key);
    END LOOP;
END
$$;
