-- In a fixed order, so that no two wait for one another. At REPEATABLE READ the second one fails, because it can't
-- see what the first one holds.
CREATE FUNCTION fund.take_turn(institution_ids integer[]) RETURNS void
    LANGUAGE sql
    BEGIN ATOMIC
        INSERT INTO fund.lien_turn AS t (institution_id, turns)
        SELECT DISTINCT i.id, 1 FROM unnest(institution_ids) AS i (id) ORDER BY i.id
        ON CONFLICT (institution_id) DO UPDATE SET turns = t.turns + 1;
    END;
COMMENT ON FUNCTION fund.take_turn(integer[]) IS 'Wait until nobody else holds money of these institutions, and keep others waiting until the transaction ends';

GRANT EXECUTE ON FUNCTION fund.take_turn(integer[]) TO hm_owner; -- a part of fund.can_spawn()
