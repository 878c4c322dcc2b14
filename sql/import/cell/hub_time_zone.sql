CREATE FUNCTION import.hub_time_zone(of_hub text) RETURNS text
    LANGUAGE sql STABLE
    RETURN coalesce((SELECT i.time_zone
                     FROM org.hub_owner AS o
                     JOIN org.institution AS i USING (institution_id)
                     WHERE o.hub = of_hub AND o.voided_at IS NULL
                     ORDER BY upper(o.valid) DESC NULLS FIRST
                     LIMIT 1), 'UTC');
COMMENT ON FUNCTION import.hub_time_zone(text) IS 'Time zone of the hub''s latest owner; UTC if there is none';

GRANT EXECUTE ON FUNCTION import.hub_time_zone(text) TO hm_rater;
