-- A file holds one bill or several: of issuers, accounts, billing periods, currencies. Each becomes the
-- revision that counts, unless it says the same as the one before.
CREATE FUNCTION import.apply_bill() RETURNS bigint
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET client_min_messages = warning AS $$
#variable_conflict use_column
DECLARE
    of_institution integer := (SELECT institution_id FROM org.institution
                               WHERE code = current_setting('hubmeter.institution'));
    changed bigint;
BEGIN
    IF of_institution IS NULL THEN
        RAISE EXCEPTION 'unknown institution "%"', current_setting('hubmeter.institution')
              USING ERRCODE = 'invalid_parameter_value';
    END IF;
    DROP TABLE IF EXISTS pg_temp.bill_row, pg_temp.bill_new;
    CREATE TEMPORARY TABLE bill_row ON COMMIT DROP AS
    SELECT s.line, coalesce(s."InvoiceIssuerName", s."ProviderName", 'unknown') AS issuer,
           coalesce(s."BillingAccountId", '') AS billing_account, bs.at AS period_start, be.at AS period_end,
           s."BillingCurrency" AS currency, bill.parse_number(s."BilledCost") AS cost, cs.at AS charge_start,
           ce.at AS charge_end, s."ChargeCategory" AS category, s."ChargeDescription" AS description,
           coalesce(s."SubAccountId", s."BillingAccountId") AS account, s."ServiceName" AS service,
           s."ResourceId" AS resource, s."ResourceType" AS resource_type, s."RegionId" AS region,
           coalesce(bill.parse_number(s."ConsumedQuantity"), bill.parse_number(s."PricingQuantity")) AS quantity,
           CASE WHEN bill.parse_number(s."ConsumedQuantity") IS NOT NULL THEN s."ConsumedUnit" ELSE s."PricingUnit" END
               AS unit,
           t.tags, coalesce(s."*"::jsonb, '{}') AS extra
    FROM import_stage AS s
    JOIN bill_time AS bs ON bs.value = s."BillingPeriodStart"
    JOIN bill_time AS be ON be.value = s."BillingPeriodEnd"
    JOIN bill_time AS cs ON cs.value = s."ChargePeriodStart"
    JOIN bill_time AS ce ON ce.value = s."ChargePeriodEnd"
    JOIN bill_tags AS t ON t.value = coalesce(s."Tags", '');

    INSERT INTO bill.statement (institution_id, issuer, account, period_start, period_end, currency)
    SELECT DISTINCT of_institution, issuer, billing_account, period_start, period_end, currency FROM bill_row
    ON CONFLICT DO NOTHING;

    -- The same lines in another order are the same bill.
    CREATE TEMPORARY TABLE bill_new ON COMMIT DROP AS
    SELECT s.statement_id, s.revision_id AS old_revision_id, n.lines, n.total
    FROM (SELECT issuer, billing_account, period_start, period_end, currency, count(*) AS lines, sum(cost) AS total,
                 sum(hashtextextended(concat_ws('|', cost, charge_start, charge_end, category, description, account,
                                                service, resource, resource_type, region, quantity, unit, tags, extra),
                                      0)::numeric) AS content
          FROM bill_row
          GROUP BY issuer, billing_account, period_start, period_end, currency) AS n
    JOIN bill.statement AS s
      ON s.institution_id = of_institution AND s.issuer = n.issuer AND s.account = n.billing_account
     AND s.period_start = n.period_start AND s.period_end = n.period_end AND s.currency = n.currency
    WHERE n.content IS DISTINCT FROM (
              SELECT sum(hashtextextended(concat_ws('|', cost, charge_start, charge_end, category, description, account,
                                                    service, resource, resource_type, region, quantity, unit, tags,
                                                    extra), 0)::numeric)
              FROM bill.line AS l WHERE l.revision_id = s.revision_id);

    INSERT INTO bill.revision (statement_id, file, lines, total, difference)
    SELECT n.statement_id, current_setting('hubmeter.file', true), n.lines, n.total, n.total - coalesce(o.total, 0)
    FROM bill_new AS n
    LEFT JOIN bill.revision AS o ON o.revision_id = n.old_revision_id;
    UPDATE bill.statement AS s SET revision_id = r.revision_id, is_dirty = true
    FROM (SELECT n.statement_id, max(r.revision_id) AS revision_id
          FROM bill_new AS n JOIN bill.revision AS r USING (statement_id)
          GROUP BY n.statement_id) AS r
    WHERE s.statement_id = r.statement_id;
    INSERT INTO bill.line (revision_id, file_line, cost, charge_start, charge_end, category, description, account,
                           service, resource, resource_type, region, quantity, unit, tags, extra)
    SELECT s.revision_id, b.line, b.cost, b.charge_start, b.charge_end, b.category, b.description, b.account, b.service,
           b.resource, b.resource_type, b.region, b.quantity, b.unit, b.tags, b.extra
    FROM bill_row AS b
    JOIN bill.statement AS s
      ON s.institution_id = of_institution AND s.issuer = b.issuer AND s.account = b.billing_account
     AND s.period_start = b.period_start AND s.period_end = b.period_end AND s.currency = b.currency
    JOIN bill_new AS n USING (statement_id)
    ORDER BY b.line;
    GET DIAGNOSTICS changed = ROW_COUNT;
    RETURN changed;
END
$$;
COMMENT ON FUNCTION import.apply_bill() IS 'import.apply_file for the kind bill, of the institution in the setting hubmeter.institution and the file in hubmeter.file; returns lines of bills that are new or differ';

GRANT EXECUTE ON FUNCTION import.apply_bill() TO hm_rater;
