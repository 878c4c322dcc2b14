SELECT EXISTS (SELECT FROM report.node_reconciliation WHERE month = ANY ($1::date[]))::integer
