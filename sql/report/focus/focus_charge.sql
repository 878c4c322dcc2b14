-- FOCUS 1.2 as columns. ListCost = ListUnitPrice x PricingQuantity holds for the decimals that are shown: the quantity
-- is rounded to 12 digits, the product not at all. BilledCost is what the charge lines say, each rounded once, so that it
-- adds up to the reports; the ListCost of a row differs from it by these roundings alone. People are in no column.
-- A fee is Usage, of the month it is for: what FOCUS calls a Purchase pays for later charges and has no EffectiveCost.
CREATE VIEW report.focus_charge WITH (security_invoker = true) AS
WITH meter (resource, meter, service_category, service_subcategory, service) AS (VALUES
    ('cpu',          'CPU',              'Compute',    'Other (Compute)',    'Jupyter computing'),
    ('memory',       'Memory',           'Compute',    'Other (Compute)',    'Jupyter computing'),
    ('gpu',          'GPU',              'Compute',    'Other (Compute)',    'Jupyter computing'),
    ('storage',      'Storage',          'Storage',    'File Storage',       'Jupyter storage'),
    ('net_rx',       'Network received', 'Networking', 'Other (Networking)', 'Jupyter network'),
    ('net_tx',       'Network sent',     'Networking', 'Other (Networking)', 'Jupyter network'),
    ('active users', 'Active users',     'Other',      'Other (Other)',      'Jupyter fees'),
    ('membership',   'Membership',       'Other',      'Other (Other)',      'Jupyter fees')
),
charge AS (
    SELECT s.institution_id, l.provider_id, s.period, s.month, s.day, s.unit_id, s.group_id, s.hub_id, l.class_id,
           s.resource, s.basis = 'fee' AS is_fee, l.price_id, l.rate, s.currency,
           CASE WHEN s.basis = 'fee' THEN s.workload_group_id END AS fee_group_id,
           sum(s.used) AS used, sum(s.reserved) AS reserved, sum(s.billable) AS billable, sum(s.amount) AS amount
    FROM charge.share AS s
    JOIN charge.line AS l ON l.line_id = s.line_id AND l.month = s.line_month
    WHERE s.basis IN ('rate_card', 'fee')
    GROUP BY s.institution_id, l.provider_id, s.period, s.month, s.day, s.unit_id, s.group_id, s.hub_id, l.class_id,
             s.resource, s.basis, l.price_id, l.rate, s.currency, fee_group_id
),
named AS (
    SELECT a.*, m.*, i.code AS account, i.name AS account_name, v.code AS provider, v.name AS provider_name,
           coalesce(u.code, '(suspense)') AS department, coalesce(u.name, '(suspense)') AS department_name,
           o.code AS group_code, o.name AS group_name, o.kind AS group_kind, nullif(c.name, '') AS class,
           h.name AS hub, f.code AS fee, f.name AS fee_name, a.period > a.month AS is_correction,
           r.shown_factor, r.shown_unit, p.state IS NOT DISTINCT FROM 'closed' AS is_closed,
           CASE r.priced_unit WHEN 'core-hour' THEN 'Core-Hours'
                              WHEN 'GPU-hour'  THEN 'GPU-Hours'
                              WHEN 'GiB-hour'  THEN 'GiB-Hours'
                              ELSE coalesce(r.priced_unit, 'Months') END AS unit,
           CASE WHEN a.is_fee THEN sign(a.amount) + (a.amount = 0)::integer + 0.0
                ELSE round(a.billable * 1.000000000000 / r.base_units, 12) END AS quantity,
           CASE a.resource WHEN 'active users' THEN a.used + 0.0
                           WHEN 'membership'   THEN sign(a.amount) + (a.amount = 0)::integer + 0.0
                ELSE round(a.used * 1.000000000000 / r.base_units, 12) END AS consumed,
           CASE WHEN a.is_fee THEN abs(a.amount) ELSE coalesce(a.rate, 0.0) END AS price,
           a.period::timestamp AT TIME ZONE i.time_zone AS billing_start,
           (a.period + interval '1 month') AT TIME ZONE i.time_zone AS billing_end,
           a.month::timestamp AT TIME ZONE i.time_zone AS month_start,
           (a.month + interval '1 month') AT TIME ZONE i.time_zone AS month_end
    FROM charge AS a
    JOIN meter AS m (code) ON m.code = a.resource
    JOIN org.institution AS i ON i.institution_id = a.institution_id
    JOIN report.hub_owners() AS v ON v.institution_id = a.provider_id
    JOIN usage.hub AS h ON h.hub_id = a.hub_id
    JOIN usage.resource_class AS c ON c.class_id = a.class_id
    LEFT JOIN price.resource AS r ON r.code = a.resource
    LEFT JOIN org.unit AS u ON u.unit_id = a.unit_id
    LEFT JOIN org.user_group AS o ON o.group_id = a.group_id
    LEFT JOIN charge.workload_group AS g ON g.workload_group_id = a.fee_group_id
    LEFT JOIN price.fee AS f ON f.institution_id = a.provider_id AND g.tag = format('(fee %s)', f.code)
    LEFT JOIN ledger.period AS p ON p.institution_id = a.institution_id AND p.month = a.period
),
told AS (
    SELECT n.*, n.price * n.quantity AS cost,
           CASE WHEN is_fee THEN month_start ELSE greatest(day::timestamp AT TIME ZONE 'UTC', month_start) END
               AS charge_start,
           CASE WHEN is_fee THEN month_end ELSE least((day + 1)::timestamp AT TIME ZONE 'UTC', month_end) END
               AS charge_end,
           concat_ws('/', provider, CASE WHEN is_fee THEN 'fee' ELSE resource END, coalesce(fee, class)) AS sku,
           CASE WHEN is_fee THEN to_char(month, 'YYYY-MM') ELSE coalesce(price_id::text, 'unpriced') END AS sku_price
    FROM named AS n
)
SELECT amount                                                      AS "BilledCost",
       account                                                     AS "BillingAccountId",
       account_name                                                AS "BillingAccountName",
       currency                                                    AS "BillingCurrency",
       to_char(billing_end AT TIME ZONE 'UTC', t.instant)          AS "BillingPeriodEnd",
       to_char(billing_start AT TIME ZONE 'UTC', t.instant)        AS "BillingPeriodStart",
       'Usage'                                                     AS "ChargeCategory",
       CASE WHEN is_correction THEN 'Correction' END               AS "ChargeClass",
       CASE WHEN is_fee THEN concat(meter, ': ' || fee_name,
                                    CASE WHEN resource = 'active users' THEN format(', %s users', billable) END)
            ELSE concat(meter, ' on ', hub, ', class ' || class) END AS "ChargeDescription",
       CASE WHEN is_fee THEN 'Recurring' ELSE 'Usage-Based' END    AS "ChargeFrequency",
       to_char(charge_end AT TIME ZONE 'UTC', t.instant)           AS "ChargePeriodEnd",
       to_char(charge_start AT TIME ZONE 'UTC', t.instant)         AS "ChargePeriodStart",
       NULL::text                                                  AS "CommitmentDiscountStatus",
       consumed                                                    AS "ConsumedQuantity",
       CASE WHEN resource = 'active users' THEN 'Users' ELSE unit END AS "ConsumedUnit",
       round(cost, greatest(min_scale(cost), 9))                   AS "ContractedCost",
       price                                                       AS "ContractedUnitPrice",
       amount                                                      AS "EffectiveCost",
       concat_ws('/', account, to_char(period, 'YYYY-MM'), provider, currency,
                 CASE WHEN NOT is_closed THEN 'provisional' END)   AS "InvoiceId",
       provider_name                                               AS "InvoiceIssuerName",
       round(cost, greatest(min_scale(cost), 9))                   AS "ListCost",
       price                                                       AS "ListUnitPrice",
       'Standard'                                                  AS "PricingCategory",
       currency                                                    AS "PricingCurrency",
       price                                                       AS "PricingCurrencyContractedUnitPrice",
       amount                                                      AS "PricingCurrencyEffectiveCost",
       price                                                       AS "PricingCurrencyListUnitPrice",
       quantity                                                    AS "PricingQuantity",
       unit                                                        AS "PricingUnit",
       provider_name                                               AS "ProviderName",
       provider_name                                               AS "PublisherName",
       CASE WHEN NOT is_fee THEN concat_ws('/', provider, hub) END AS "ResourceId",
       CASE WHEN NOT is_fee THEN hub END                           AS "ResourceName",
       CASE WHEN NOT is_fee THEN 'JupyterHub' END                  AS "ResourceType",
       service_category                                            AS "ServiceCategory",
       service                                                     AS "ServiceName",
       service_subcategory                                         AS "ServiceSubcategory",
       sku                                                         AS "SkuId",
       meter                                                       AS "SkuMeter",
       jsonb_strip_nulls(jsonb_build_object('x_MachineClass', class, 'x_Fee', fee)) AS "SkuPriceDetails",
       concat_ws('/', sku, sku_price)                              AS "SkuPriceId",
       department                                                  AS "SubAccountId",
       department_name                                             AS "SubAccountName",
       jsonb_strip_nulls(jsonb_build_object('class', class, 'department', department, 'group', group_code,
                                            'group_kind', group_kind)) AS "Tags",
       billable * shown_factor                                     AS "x_BillableQuantity",
       period                                                      AS "x_BillingMonth",
       group_code                                                  AS "x_GroupCode",
       group_name                                                  AS "x_GroupName",
       class                                                       AS "x_MachineClass",
       shown_unit                                                  AS "x_QuantityUnit",
       reserved * shown_factor                                     AS "x_ReservedQuantity",
       resource                                                    AS "x_Resource",
       month                                                       AS "x_UsageMonth",
       used * shown_factor                                         AS "x_UsedQuantity"
FROM told, (VALUES ('YYYY-MM-DD"T"HH24:MI:SS"Z"')) AS t (instant);

COMMENT ON VIEW report.focus_charge IS 'Charges by the price book and fees in the columns of FOCUS 1.2 (FinOps Open Cost and Usage Specification): a row per billing month, UTC day, department, group, hub, class, resource and price. BilledCost adds up to report.department_cost and report.fee_cost exactly, month by x_UsageMonth';
COMMENT ON COLUMN report.focus_charge."BilledCost" IS 'What is charged, in BillingCurrency, to nano-units: the sum of the charges, each rounded once';
COMMENT ON COLUMN report.focus_charge."BillingAccountId" IS 'Code of the institution that is charged';
COMMENT ON COLUMN report.focus_charge."BillingAccountName" IS 'Its name';
COMMENT ON COLUMN report.focus_charge."BillingCurrency" IS 'ISO 4217 code of all costs and prices of the row: the currency of the owner of the hub';
COMMENT ON COLUMN report.focus_charge."BillingPeriodEnd" IS 'End, exclusive, of the month it is booked in, in the calendar of the institution charged; text: UTC, RFC 3339';
COMMENT ON COLUMN report.focus_charge."BillingPeriodStart" IS 'Start of the month it is booked in, in the calendar of the institution charged; text: UTC, RFC 3339';
COMMENT ON COLUMN report.focus_charge."ChargeCategory" IS 'Usage; a fee too: it is for the month, and pays for no later charges';
COMMENT ON COLUMN report.focus_charge."ChargeClass" IS 'Correction: booked in a later month than that of the usage, which was closed; null: not so';
COMMENT ON COLUMN report.focus_charge."ChargeDescription" IS 'What it is for, in words';
COMMENT ON COLUMN report.focus_charge."ChargeFrequency" IS 'Usage-Based, or Recurring: a fee';
COMMENT ON COLUMN report.focus_charge."ChargePeriodEnd" IS 'End, exclusive, of the UTC day, or of the part of it that is in the usage month; of a fee the end of its month; text: UTC, RFC 3339';
COMMENT ON COLUMN report.focus_charge."ChargePeriodStart" IS 'Start of the UTC day, or of the part of it that is in the usage month; of a fee the start of its month; text: UTC, RFC 3339';
COMMENT ON COLUMN report.focus_charge."CommitmentDiscountStatus" IS 'Null: there are no such discounts';
COMMENT ON COLUMN report.focus_charge."ConsumedQuantity" IS 'Used, in ConsumedUnit, to 12 digits, x_UsedQuantity is exact; of a fee the active users, of a membership 1, or -1 where it is given back';
COMMENT ON COLUMN report.focus_charge."ConsumedUnit" IS 'Core-Hours, GiB-Hours, GPU-Hours or GiB; of a fee Users, of a membership Months';
COMMENT ON COLUMN report.focus_charge."ContractedCost" IS 'ContractedUnitPrice x PricingQuantity, not rounded, in BillingCurrency';
COMMENT ON COLUMN report.focus_charge."ContractedUnitPrice" IS 'As ListUnitPrice: a price book has one price for whoever is charged by it';
COMMENT ON COLUMN report.focus_charge."EffectiveCost" IS 'As BilledCost: nothing is paid ahead';
COMMENT ON COLUMN report.focus_charge."InvoiceId" IS 'Institution charged, billing month, owner of the hub and currency; ends in /provisional until the month is closed';
COMMENT ON COLUMN report.focus_charge."InvoiceIssuerName" IS 'Name of the institution that owns the hub';
COMMENT ON COLUMN report.focus_charge."ListCost" IS 'ListUnitPrice x PricingQuantity, not rounded, in BillingCurrency';
COMMENT ON COLUMN report.focus_charge."ListUnitPrice" IS 'Rate of the price book as it was, in BillingCurrency for one PricingUnit; 0: the price book has no row; of a fee what the month costs';
COMMENT ON COLUMN report.focus_charge."PricingCategory" IS 'Standard';
COMMENT ON COLUMN report.focus_charge."PricingCurrency" IS 'As BillingCurrency';
COMMENT ON COLUMN report.focus_charge."PricingCurrencyContractedUnitPrice" IS 'As ContractedUnitPrice';
COMMENT ON COLUMN report.focus_charge."PricingCurrencyEffectiveCost" IS 'As EffectiveCost';
COMMENT ON COLUMN report.focus_charge."PricingCurrencyListUnitPrice" IS 'As ListUnitPrice';
COMMENT ON COLUMN report.focus_charge."PricingQuantity" IS 'Billable: the greater of used and reserved, taken per sample, in PricingUnit, to 12 digits; 1 of a fee, -1 of one that is given back. x_BillableQuantity is exact';
COMMENT ON COLUMN report.focus_charge."PricingUnit" IS 'Core-Hours, GiB-Hours, GPU-Hours or GiB; Months of a fee';
COMMENT ON COLUMN report.focus_charge."ProviderName" IS 'Name of the institution that owns the hub, or charges the fee';
COMMENT ON COLUMN report.focus_charge."PublisherName" IS 'As ProviderName';
COMMENT ON COLUMN report.focus_charge."ResourceId" IS 'Owner and name of the hub; null: a fee';
COMMENT ON COLUMN report.focus_charge."ResourceName" IS 'Name of the hub; null: a fee';
COMMENT ON COLUMN report.focus_charge."ResourceType" IS 'JupyterHub; null: a fee';
COMMENT ON COLUMN report.focus_charge."ServiceCategory" IS 'Compute, Storage, Networking, or Other: a fee';
COMMENT ON COLUMN report.focus_charge."ServiceName" IS 'Jupyter computing, Jupyter storage, Jupyter network or Jupyter fees';
COMMENT ON COLUMN report.focus_charge."ServiceSubcategory" IS 'Of the ServiceCategory, as FOCUS names it';
COMMENT ON COLUMN report.focus_charge."SkuId" IS 'Owner of the price, resource and class of machine, or code of the fee';
COMMENT ON COLUMN report.focus_charge."SkuMeter" IS 'Resource or kind of fee, in words';
COMMENT ON COLUMN report.focus_charge."SkuPriceDetails" IS 'JSON object: x_MachineClass, x_Fee';
COMMENT ON COLUMN report.focus_charge."SkuPriceId" IS 'SkuId and number of the row of the price book; unpriced: there is none; of a fee its month';
COMMENT ON COLUMN report.focus_charge."SubAccountId" IS 'Code of the department that pays; (suspense): nobody''s yet, see report.suspense';
COMMENT ON COLUMN report.focus_charge."SubAccountName" IS 'Its name';
COMMENT ON COLUMN report.focus_charge."Tags" IS 'JSON object: class, department, group and group_kind, those that there are';
COMMENT ON COLUMN report.focus_charge."x_BillableQuantity" IS 'The greater of used and reserved, taken per sample, in x_QuantityUnit; exact; null: a fee';
COMMENT ON COLUMN report.focus_charge."x_BillingMonth" IS 'First day of the month it is booked in, in the calendar of the institution charged';
COMMENT ON COLUMN report.focus_charge."x_GroupCode" IS 'Code of the course, lab, project or service it is for; null: none';
COMMENT ON COLUMN report.focus_charge."x_GroupName" IS 'Its name';
COMMENT ON COLUMN report.focus_charge."x_MachineClass" IS 'Class of machine; null: none';
COMMENT ON COLUMN report.focus_charge."x_QuantityUnit" IS 'Unit of the x_ quantities: core-seconds, MiB-seconds, GPU-seconds or bytes; null: a fee';
COMMENT ON COLUMN report.focus_charge."x_ReservedQuantity" IS 'Requested or guaranteed, in x_QuantityUnit; exact; null: a fee';
COMMENT ON COLUMN report.focus_charge."x_Resource" IS 'cpu, memory, gpu, storage, net_rx or net_tx; active users or membership: a fee';
COMMENT ON COLUMN report.focus_charge."x_UsageMonth" IS 'First day of the month of the usage, in the calendar of the institution charged';
COMMENT ON COLUMN report.focus_charge."x_UsedQuantity" IS 'Consumed, in x_QuantityUnit; exact; null: a fee';

GRANT SELECT ON report.focus_charge TO hm_finance, hm_rater;
-- What it reads, and no more.
GRANT SELECT (line_id, line_month, institution_id, period, month, day, unit_id, group_id, hub_id, workload_group_id,
              resource, basis, used, reserved, billable, amount, currency) ON charge.share TO hm_finance;
GRANT SELECT (line_id, month, provider_id, class_id, price_id, rate) ON charge.line TO hm_finance;
GRANT SELECT (workload_group_id, tag) ON charge.workload_group TO hm_finance;
GRANT SELECT (hub_id, name) ON usage.hub TO hm_finance;
GRANT SELECT (class_id, name) ON usage.resource_class TO hm_finance;
GRANT SELECT (code, shown_unit, shown_factor, priced_unit, base_units) ON price.resource TO hm_finance;
GRANT SELECT (institution_id, code, name) ON price.fee TO hm_finance;
GRANT SELECT (institution_id, code, name, time_zone) ON org.institution TO hm_finance;
GRANT SELECT (unit_id, code, name) ON org.unit TO hm_finance;
GRANT SELECT (group_id, code, name, kind) ON org.user_group TO hm_finance;
GRANT SELECT (institution_id, month, state) ON ledger.period TO hm_finance;
