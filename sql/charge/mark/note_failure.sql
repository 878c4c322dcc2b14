CREATE FUNCTION charge.note_failure(of_hub integer, of_day date, why text) RETURNS void
    LANGUAGE sql SECURITY DEFINER
    BEGIN ATOMIC
        INSERT INTO charge.failed_day (hub_id, day, reason) VALUES (of_hub, of_day, why)
        ON CONFLICT (hub_id, day) DO UPDATE SET reason = excluded.reason, failed_at = now();
    END;
COMMENT ON FUNCTION charge.note_failure(integer, date, text) IS 'Record why a day could not be rated: report.pending_rating and hubmeter doctor show it';

GRANT EXECUTE ON FUNCTION charge.note_failure(integer, date, text) TO hm_rater;
