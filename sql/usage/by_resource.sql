-- Give it sums: a row per resource and slot costs five times as much as a row per resource and sum.
CREATE FUNCTION usage.by_resource(
    cpu_used numeric, cpu_reserved numeric, cpu_billable numeric,
    memory_used numeric, memory_reserved numeric, memory_billable numeric,
    gpu_used numeric, gpu_reserved numeric, gpu_billable numeric,
    storage numeric, net_rx numeric, net_tx numeric
) RETURNS TABLE (resource text, used numeric, reserved numeric, billable numeric)
    LANGUAGE sql IMMUTABLE PARALLEL SAFE ROWS 3
    BEGIN ATOMIC
        SELECT q.resource, q.used, q.reserved, q.billable
        FROM (VALUES ('cpu',     cpu_used,    cpu_reserved,    cpu_billable),
                     ('memory',  memory_used, memory_reserved, memory_billable),
                     ('gpu',     gpu_used,    gpu_reserved,    gpu_billable),
                     ('storage', storage,     0,               storage),
                     ('net_rx',  net_rx,      0,               net_rx),
                     ('net_tx',  net_tx,      0,               net_tx)
             ) AS q (resource, used, reserved, billable)
        WHERE q.used <> 0 OR q.reserved <> 0 OR q.billable <> 0;
    END;
COMMENT ON FUNCTION usage.by_resource IS 'Quantities of usage.slot, in the order of its columns, as a row per resource (price.resource); rows of nothing are left out. Reserved is 0 where nothing can be';

GRANT EXECUTE ON FUNCTION usage.by_resource TO hm_rater, hm_finance, hm_hub_ro, hm_dashboard;
