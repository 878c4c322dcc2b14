CREATE FUNCTION ledger.answer(of_question integer, says text) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF coalesce(says, '') = '' THEN
        RAISE EXCEPTION 'an answer says something' USING ERRCODE = 'invalid_parameter_value';
    END IF;
    UPDATE ledger.question SET answer = says, answered_at = now(), answered_by = session_user
    WHERE question_id = of_question AND answer IS NULL;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'no question % waits for an answer', of_question
              USING ERRCODE = 'no_data_found', HINT = 'hubmeter close check lists those that do.';
    END IF;
END
$$;
COMMENT ON FUNCTION ledger.answer(integer, text) IS 'Answer a question that a review brought up';

GRANT EXECUTE ON FUNCTION ledger.answer(integer, text) TO hm_controller;
