-- A column that the file has not says nothing, and a fund that is new has no award yet.
CREATE FUNCTION import.award_fault(name text, award fund.amendment) RETURNS text
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF (award).fund_id IS NULL OR NOT import.has_column(name) THEN
        RETURN NULL;
    END IF;
    RETURN format('differs from the award that is recorded, which says %s: what changes of it is said by hubmeter import amendments',
                  coalesce(CASE name WHEN 'start' THEN award.first_day::text
                                     WHEN 'end' THEN award.last_day::text
                                     WHEN 'last_posting' THEN award.last_posting::text
                                     ELSE (SELECT award.amount::text FROM fund.fund AS f
                                           WHERE f.fund_id = award.fund_id AND f.is_limited) END,
                           'nothing'));
END
$$;
COMMENT ON FUNCTION import.award_fault(text, fund.amendment) IS 'Why a column that differs from the award of a fund can''t stand; null if there is no award yet, or the file says nothing of it';

GRANT EXECUTE ON FUNCTION import.award_fault(text, fund.amendment) TO hm_rater;
