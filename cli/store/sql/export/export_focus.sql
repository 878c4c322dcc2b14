-- The statement that writes the FOCUS file of $1 months, $2 the institution of each, for the client to run: COPY takes no
-- parameters. The bound on the month of usage chooses the partitions. What is null in some rows only stands last: readers
-- guess types from the first.
SELECT format($copy$
    COPY (SELECT *
          FROM report.focus_charge
          WHERE "x_BillingMonth" = ANY (%1$L::date[])
            AND "x_UsageMonth" <= (SELECT max(month) FROM unnest(%1$L::date[]) AS month)
            AND ("BillingAccountId", "x_BillingMonth") IN (SELECT * FROM unnest(%2$L::text[], %1$L::date[]))
          ORDER BY "ChargeClass", "ChargeFrequency" DESC, "BillingAccountId", "SubAccountId", "ChargePeriodStart",
                   "SkuPriceId", "ResourceId", "x_GroupCode", "InvoiceId", "ListUnitPrice", "BilledCost")
    TO STDOUT (FORMAT csv, HEADER)$copy$, $1::text, $2::text)
