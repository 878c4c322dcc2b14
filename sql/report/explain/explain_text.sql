CREATE FUNCTION report.explain_text(of_line bigint) RETURNS SETOF text
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp SET timezone = 'UTC' AS $$
DECLARE
    l jsonb := report.explain_line(of_line);
    share jsonb;
    e jsonb;
BEGIN
    IF l IS NULL THEN
        RETURN;
    END IF;
    RETURN NEXT format('line %s: %s of %s on %s, %s UTC', l ->> 'line', l ->> 'resource',
                       coalesce(nullif(l ->> 'username', ''), 'a user nobody named'), l ->> 'hub', l ->> 'day')
                || coalesce(', server ' || nullif(l ->> 'server', ''), '')
                || coalesce(', tag ' || nullif(l ->> 'tag', ''), '')
                || coalesce(', class ' || nullif(l ->> 'class', ''), '');
    RETURN NEXT format('usage month %s of %s, posted in %s, by %s', l ->> 'month', l ->> 'provider', l ->> 'period',
                       CASE l ->> 'basis' WHEN 'rate_card' THEN 'the price book' WHEN 'fee' THEN 'a fee'
                                     ELSE 'the bill' END);
    IF (l ->> 'waiting')::boolean THEN
        RETURN NEXT 'a change is not rated yet: hubmeter rate';
    END IF;
    RETURN NEXT '';
    IF l ->> 'basis' = 'rate_card' THEN
        RETURN NEXT format('usage, in %s: used, reserved, billable', l ->> 'quantity_unit');
        RETURN QUERY
        SELECT format('  %s  %s, %s: %s, %s, %s%s', to_char((u ->> 'slot')::timestamptz, 'HH24:MI'), u ->> 'node',
                      u ->> 'workload', u ->> 'used', u ->> 'reserved', u ->> 'billable',
                      CASE WHEN u ->> 'flags' = '0' THEN '' ELSE ', flags ' || (u ->> 'flags') END)
        FROM jsonb_array_elements(coalesce(nullif(l -> 'usage', 'null'), '[]')) AS u;
        RETURN NEXT format('  sum: %s, %s, %s; from topic %s, %s', l ->> 'used', l ->> 'reserved', l ->> 'billable',
                           l ->> 'topic', CASE l ->> 'gaps' WHEN '0' THEN 'complete'
                                          ELSE (l ->> 'gaps') || ' gaps (see hubmeter doctor)' END);
        RETURN NEXT '';
    END IF;
    IF l ->> 'basis' = 'fee' THEN
        RETURN NEXT format('fee: %s %s for %s active users', l ->> 'amount', l ->> 'currency', l ->> 'billable');
    ELSIF l -> 'bill' <> 'null' THEN
        RETURN NEXT format('bill: %s %s of %s, %s %s in %s lines, file %s, imported %s', l #>> '{bill,issuer}',
                           l #>> '{bill,account}', l #>> '{bill,month}', trim_scale((l #>> '{bill,total}')::numeric),
                           l ->> 'currency', l #>> '{bill,lines}', l #>> '{bill,file}', l #>> '{bill,imported_at}');
        RETURN NEXT format('%s on this hub and day: %s %s, of which idle %s', split_part(l ->> 'resource', ' ', 1),
                           l #>> '{bill,distributed}', l ->> 'currency', l #>> '{bill,idle}');
        RETURN NEXT format('amount: %s %s for %s of %s %s', l ->> 'amount', l ->> 'currency', l #>> '{bill,driver}',
                           l #>> '{bill,driver_total}',
                           CASE l ->> 'resource'
                               WHEN 'network' THEN 'bytes' WHEN 'storage' THEN 'MiB-seconds'
                               ELSE 'MiB-seconds, and GPUs or else cores beside them (9 to 1 per core and GiB)' END);
    ELSIF l -> 'price' = 'null' THEN
        RETURN NEXT 'price: none, so it costs nothing';
    ELSE
        RETURN NEXT format('price: %s %s, row %s of the price book of %s, for %s', trim_scale((l #>> '{price,rate}')::numeric),
                           l #>> '{price,rate_unit}', l #>> '{price,price_id}', l #>> '{price,institution}',
                           coalesce('class ' || (l #>> '{price,class}'), 'every class'));
        RETURN NEXT format('  holds from %s to %s, source %s, entered %s by %s',
                           coalesce(l #>> '{price,valid_from}', 'ever'), coalesce(l #>> '{price,valid_to}', 'open'),
                           l #>> '{price,source}', l #>> '{price,entered_at}', l #>> '{price,entered_by}');
        IF l -> 'corrects' = 'null' THEN
            RETURN NEXT format('amount: %s / %s x %s = %s %s, rounded once', l ->> 'billable', l ->> 'base_units',
                               trim_scale((l #>> '{price,rate}')::numeric), l ->> 'amount', l ->> 'currency');
        END IF;
    END IF;
    IF l -> 'corrects' <> 'null' THEN
        RETURN NEXT format('amount: %s %s, the difference to what stands in closed months:', l ->> 'amount',
                           l ->> 'currency');
        RETURN QUERY
        SELECT format('  %s, line %s: %s %s', k ->> 'period', k ->> 'line', k ->> 'amount', l ->> 'currency')
        FROM jsonb_array_elements(l -> 'corrects') AS k;
        RETURN NEXT format('  together %s %s', (l ->> 'amount')::numeric
                           + (SELECT sum((k ->> 'amount')::numeric) FROM jsonb_array_elements(l -> 'corrects') AS k),
                           l ->> 'currency');
    END IF;
    FOR share IN SELECT * FROM jsonb_array_elements(l -> 'shares') LOOP
        RETURN NEXT '';
        RETURN NEXT format('share %s: %s %s pays %s %s for %s %s', share ->> 'sequence', share ->> 'institution',
                           share ->> 'department', share ->> 'amount', l ->> 'currency', share ->> 'billable',
                           coalesce(l ->> 'quantity_unit', 'of the driver'));
        RETURN NEXT format('  from %s to the slot of %s: %s', to_char((share ->> 'first_slot')::timestamptz, 'HH24:MI'),
                           to_char((share ->> 'last_slot')::timestamptz, 'HH24:MI'), share ->> 'why');
        FOR e IN SELECT * FROM jsonb_array_elements(share -> 'evidence') LOOP
            RETURN NEXT format('  %s: %s; from %s to %s, source %s', e ->> 'what', e ->> 'says',
                               coalesce(e ->> 'valid_from', 'ever'), coalesce(e ->> 'valid_to', 'open'), e ->> 'source');
        END LOOP;
        RETURN QUERY
        SELECT '  ' || t FROM report.funding_text(share -> 'funding', share ->> 'institution', l ->> 'currency') AS t;
    END LOOP;
    RETURN NEXT '';
    RETURN QUERY
    SELECT format('run %s: %s%s, by %s, rated %s', r ->> 'run', r ->> 'reason', coalesce(', ' || nullif(r ->> 'detail', ''), ''),
                  r ->> 'by', r ->> 'at')
    FROM jsonb_array_elements(l -> 'runs') AS r;
END
$$;
COMMENT ON FUNCTION report.explain_text(bigint) IS 'report.explain_line for people: lines of text; no row: there is no such line';

GRANT EXECUTE ON FUNCTION report.explain_text(bigint) TO hm_finance, hm_rater, hm_steward, hm_instructor, hm_member;
