CREATE FUNCTION bill.mark_dirty(of_day date) RETURNS void
    LANGUAGE sql
    BEGIN ATOMIC
        UPDATE bill.statement SET is_dirty = true
        WHERE NOT is_dirty
          AND of_day BETWEEN (period_start AT TIME ZONE 'UTC')::date - 1 AND (period_end AT TIME ZONE 'UTC')::date + 1;
    END;
COMMENT ON FUNCTION bill.mark_dirty(date) IS 'Usage of a UTC day, or who pays for it, changed: have the bills distributed again that it may be a part of';

GRANT EXECUTE ON FUNCTION bill.mark_dirty(date) TO hm_rater;
