CREATE FUNCTION ledger.ask(of_line bigint, what text) RETURNS integer
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    l record;
    id integer;
BEGIN
    SELECT * INTO l FROM ledger.review_line(of_line);
    IF coalesce(what, '') = '' THEN
        RAISE EXCEPTION 'a charge is questioned for a reason' USING ERRCODE = 'invalid_parameter_value';
    END IF;
    INSERT INTO ledger.question (institution_id, period, line_id, question)
    VALUES (l.institution_id, l.period, of_line, what) RETURNING question_id INTO id;
    RETURN id;
END
$$;
COMMENT ON FUNCTION ledger.ask(bigint, text) IS 'Question a charge line that is under review, of a department that whoever signed in looks after. The month does not close before it is answered, or waived. Returns the number of the question';

GRANT EXECUTE ON FUNCTION ledger.ask(bigint, text) TO hm_controller, hm_steward;
