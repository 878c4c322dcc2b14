CREATE FUNCTION charge.somebody(person_id integer, hub_id integer, username text) RETURNS text
    LANGUAGE sql IMMUTABLE
    RETURN coalesce(person_id::text, hub_id || '/' || nullif(username, ''));
COMMENT ON FUNCTION charge.somebody(integer, integer, text) IS 'Who it is, for counting people: the person, or where the user name is nobody''s yet that name on its hub; null: nobody was named';

GRANT EXECUTE ON FUNCTION charge.somebody(integer, integer, text) TO hm_rater, hm_finance, hm_instructor;
