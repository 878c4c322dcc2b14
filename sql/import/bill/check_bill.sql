-- Values that repeat, which are most, are parsed once: pg_temp.bill_time and bill_tags serve the stage too.
-- Real files write NULL for nothing.
CREATE FUNCTION import.check_bill()
    RETURNS TABLE (line integer, column_name text, value text, reason text)
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET client_min_messages = warning AS $$
#variable_conflict use_column
BEGIN
    UPDATE import_stage AS s SET "BillingAccountId" = nullif("BillingAccountId", 'NULL'),
           "InvoiceIssuerName" = nullif("InvoiceIssuerName", 'NULL'), "ProviderName" = nullif("ProviderName", 'NULL'),
           "SubAccountId" = nullif("SubAccountId", 'NULL'), "ServiceName" = nullif("ServiceName", 'NULL'),
           "ResourceId" = nullif("ResourceId", 'NULL'), "ResourceType" = nullif("ResourceType", 'NULL'),
           "RegionId" = nullif("RegionId", 'NULL'), "ChargeDescription" = nullif("ChargeDescription", 'NULL'),
           "ConsumedQuantity" = nullif("ConsumedQuantity", 'NULL'), "ConsumedUnit" = nullif("ConsumedUnit", 'NULL'),
           "PricingQuantity" = nullif("PricingQuantity", 'NULL'), "PricingUnit" = nullif("PricingUnit", 'NULL'),
           "Tags" = nullif("Tags", 'NULL')
    WHERE 'NULL' IN ("BillingAccountId", "InvoiceIssuerName", "ProviderName", "SubAccountId", "ServiceName", "ResourceId",
                     "ResourceType", "RegionId", "ChargeDescription", "ConsumedQuantity", "ConsumedUnit",
                     "PricingQuantity", "PricingUnit", "Tags");
    DROP TABLE IF EXISTS pg_temp.bill_time, pg_temp.bill_tags;
    CREATE TEMPORARY TABLE bill_time ON COMMIT DROP AS
    SELECT t.value, bill.parse_time(t.value) AS at
    FROM (SELECT "BillingPeriodStart" FROM import_stage
          UNION SELECT "BillingPeriodEnd" FROM import_stage
          UNION SELECT "ChargePeriodStart" FROM import_stage
          UNION SELECT "ChargePeriodEnd" FROM import_stage) AS t (value)
    WHERE t.value IS NOT NULL;
    CREATE TEMPORARY TABLE bill_tags ON COMMIT DROP AS
    SELECT coalesce(t.value, '') AS value, bill.parse_tags(t.value) AS tags
    FROM (SELECT DISTINCT "Tags" FROM import_stage) AS t (value);
    ANALYZE bill_time;
    ANALYZE bill_tags;

    RETURN QUERY
    SELECT s.line, c.column_name, c.value, c.reason
    FROM import_stage AS s
    LEFT JOIN bill_time AS bs ON bs.value = s."BillingPeriodStart"
    LEFT JOIN bill_time AS be ON be.value = s."BillingPeriodEnd"
    LEFT JOIN bill_time AS cs ON cs.value = s."ChargePeriodStart"
    LEFT JOIN bill_time AS ce ON ce.value = s."ChargePeriodEnd"
    JOIN bill_tags AS t ON t.value = coalesce(s."Tags", '')
    CROSS JOIN LATERAL (
        VALUES ('BilledCost', s."BilledCost", CASE
                    WHEN s."BilledCost" IS NULL THEN 'is required'
                    WHEN bill.parse_number(s."BilledCost") IS NULL THEN 'is not a decimal number such as -0.0123'
                    WHEN abs(bill.parse_number(s."BilledCost")) >= 10000000000 THEN 'is too high to be booked' END),
               ('BillingCurrency', s."BillingCurrency", CASE
                    WHEN s."BillingCurrency" IS NULL THEN 'is required'
                    WHEN s."BillingCurrency" !~ '^[A-Z]{3}$' THEN 'is not an ISO 4217 code: three capital letters' END),
               ('BillingPeriodStart', s."BillingPeriodStart", CASE
                    WHEN bs.at IS NULL THEN 'is not an instant such as 2026-09-01T00:00:00Z' END),
               ('BillingPeriodEnd', s."BillingPeriodEnd", CASE
                    WHEN be.at IS NULL THEN 'is not an instant such as 2026-10-01T00:00:00Z'
                    WHEN be.at <= bs.at THEN 'is not after BillingPeriodStart' END),
               ('ChargePeriodStart', s."ChargePeriodStart", CASE
                    WHEN cs.at IS NULL THEN 'is not an instant such as 2026-09-01T00:00:00Z' END),
               ('ChargePeriodEnd', s."ChargePeriodEnd", CASE
                    WHEN ce.at IS NULL THEN 'is not an instant such as 2026-09-01T01:00:00Z'
                    WHEN ce.at < cs.at THEN 'is before ChargePeriodStart'
                    WHEN ce.at > cs.at + interval '400 days' THEN 'is more than 400 days after ChargePeriodStart' END),
               ('ChargeCategory', s."ChargeCategory", CASE
                    WHEN coalesce(s."ChargeCategory", '') NOT IN ('Usage', 'Purchase', 'Tax', 'Credit', 'Adjustment')
                    THEN 'is not one of Usage, Purchase, Tax, Credit, Adjustment' END),
               ('Tags', s."Tags", CASE WHEN t.tags IS NULL THEN 'is not a JSON object' END)
    ) AS c (column_name, value, reason)
    WHERE c.reason IS NOT NULL;
END
$$;
COMMENT ON FUNCTION import.check_bill() IS 'import.check_rows for the kind bill';

GRANT EXECUTE ON FUNCTION import.check_bill() TO hm_rater;
