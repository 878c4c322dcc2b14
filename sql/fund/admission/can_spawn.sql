-- First what needs no turn: what it costs and who would pay. Then, one after the other, what is left, and the lien.
-- The stop of an earlier server may not have been told: the same request is a retry for a quarter of an hour, and a
-- new start later; any other request is a new start at once.
CREATE FUNCTION fund.can_spawn(hub text, username text, server_name text, class text, cpu_milli bigint,
                               memory_mib bigint, gpu_milli bigint, max_seconds bigint, tag text DEFAULT NULL,
                               hold boolean DEFAULT true, at timestamptz DEFAULT now())
    RETURNS TABLE (allowed boolean, lien bigint, held numeric, remaining numeric, plan text, reason text)
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET jit = off AS $$
#variable_conflict use_variable
DECLARE
    fault text := fund.request_fault(hub, username, server_name, class, cpu_milli, memory_mib, gpu_milli, max_seconds,
                                     tag, at);
    price numeric;
    asked fund.lien;
    old fund.lien;
    payers fund.payer[];
    parts fund.payer_part[];
BEGIN
    IF fault IS NOT NULL THEN
        RAISE EXCEPTION '%', fault USING ERRCODE = 'invalid_parameter_value';
    END IF;
    SELECT k.hub_id, k.class_id INTO asked.hub_id, asked.class_id FROM fund.known_ids(hub, class) AS k;
    asked.username := username; asked.server_name := server_name; asked.tag := coalesce(tag, '');
    asked.cpu_milli := cpu_milli; asked.memory_mib := memory_mib; asked.gpu_milli := gpu_milli;
    asked.max_seconds := max_seconds; asked.opened_at := coalesce(at, now());

    price := fund.priced_request(asked.hub_id, asked.class_id, username, cpu_milli, memory_mib, gpu_milli, max_seconds,
                                 asked.opened_at);
    payers := ARRAY(SELECT ROW(p.*)::fund.payer
                    FROM fund.request_payers(asked.hub_id, username, asked.tag, price, asked.opened_at) AS p
                    ORDER BY p.payer);
    plan := (SELECT string_agg(DISTINCT n.code, ', ')
             FROM unnest(payers) AS p JOIN fund.plan AS n ON n.plan_id = p.plan_id WHERE p.plan_version_id IS NOT NULL);
    IF hold IS NOT FALSE THEN
        PERFORM fund.take_turn(ARRAY(SELECT p.institution_id FROM unnest(payers) AS p
                                     UNION
                                     SELECT o.institution_id FROM org.hub_owner AS o
                                     WHERE o.hub = can_spawn.hub AND o.valid @> asked.opened_at));
    END IF;
    SELECT n.* INTO old FROM fund.lien AS n
    WHERE n.hub_id = asked.hub_id AND n.username = asked.username AND n.server_name = asked.server_name
      AND n.released_at IS NULL;
    parts := ARRAY(SELECT ROW(s.*)::fund.payer_part
                   FROM fund.split_request(payers, class, asked.opened_at, old.lien_id) AS s);
    SELECT a.allowed, a.held, a.remaining, a.reason INTO allowed, held, remaining, reason
    FROM fund.answer_request(payers, parts, class, asked.opened_at) AS a;

    IF fund.is_retry(old, asked) THEN
        lien := old.lien_id;
        reason := 'held already';
        held := (SELECT sum(greatest(g.amount - g.booked, 0)) FROM fund.lien_leg AS g WHERE g.lien_id = old.lien_id);
        remaining := CASE WHEN allowed THEN remaining ELSE greatest(remaining - held, 0) END;
        allowed := true;
    ELSIF hold IS NOT FALSE AND allowed THEN
        PERFORM fund.close_lien(old.lien_id, CASE WHEN old.expires_at <= asked.opened_at THEN 'expired'
                                                  ELSE 'the server was started again' END, asked.opened_at);
        lien := CASE WHEN held > 0 THEN fund.open_lien(asked, payers, parts) END;
    END IF;
    RETURN NEXT;
END
$$;
COMMENT ON FUNCTION fund.can_spawn IS 'May a user of a hub start a server of a class of machine, of so many thousandths of cores, MiB and thousandths of GPUs, that runs for so many seconds at most, with a tag, at an instant (UTC)? hold: then a lien keeps what it may cost, until fund.release_lien(). lien is null where nothing is held; held: by it, without hold: what would be, in the currency of the institution that is charged; remaining: what is left then of what limits it most (null: nothing does); plan: codes of the plans that pay; reason: in words. An invalid request is an error (22023)';

GRANT EXECUTE ON FUNCTION fund.can_spawn TO hm_admission, hm_rater;
