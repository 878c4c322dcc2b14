CREATE FUNCTION fund.request_fault(hub text, username text, server_name text, class text, cpu_milli bigint,
                                   memory_mib bigint, gpu_milli bigint, max_seconds bigint, tag text,
                                   at timestamptz) RETURNS text
    LANGUAGE sql STABLE
    RETURN CASE
        WHEN num_nulls(hub, username, server_name, class, cpu_milli, memory_mib, gpu_milli, max_seconds) > 0
        THEN 'hub, user name, server, class, size and longest time are required'
        WHEN NOT EXISTS (SELECT FROM usage.hub AS h WHERE h.name = hub)
             AND NOT EXISTS (SELECT FROM org.hub_owner AS o WHERE o.hub = request_fault.hub AND upper_inf(o.valid))
        THEN format('no hub %s: known are those that sent usage or that an org file names', quote_ident(left(hub, 64)))
        WHEN username = '' THEN 'the user name is empty'
        WHEN greatest(octet_length(username), octet_length(server_name), octet_length(tag)) > 255
        THEN 'a name is longer than 255 bytes'
        WHEN class <> '' AND NOT EXISTS (SELECT FROM usage.resource_class AS c WHERE c.name = class)
             AND NOT EXISTS (SELECT FROM price.book AS b WHERE b.class = request_fault.class)
        THEN format('no class of machine %s: known are those that sent usage or have a price',
                    quote_ident(left(class, 64)))
        WHEN least(cpu_milli, memory_mib, gpu_milli) < 0 THEN 'a size is negative'
        WHEN cpu_milli + memory_mib::numeric + gpu_milli = 0
        THEN 'it asks for nothing: at least one of CPU, memory and GPU is required'
        WHEN cpu_milli > 1000000000 OR gpu_milli > 1000000000 OR memory_mib > 1000000000000
        THEN 'a size is larger than any server'
        WHEN at NOT BETWEEN '2000-01-01 00:00Z' AND '2999-01-01 00:00Z' THEN 'the instant is not one of ours'
        WHEN max_seconds NOT BETWEEN 1 AND 2678400 THEN 'the longest time is not between 1 s and 31 days'
    END;
COMMENT ON FUNCTION fund.request_fault IS 'What is wrong with a request for a server of so many thousandths of cores and GPUs and MiB, for so many seconds at most, in words; null: nothing';

GRANT EXECUTE ON FUNCTION fund.request_fault TO hm_owner; -- a part of fund.can_spawn()
