-- The same rules as fund.split_whole, for a step in which a counter runs out: slot by slot, in an order that is
-- the same whenever usage arrives.
CREATE FUNCTION fund.split_in_order(of_step integer, routes integer[]) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_variable
DECLARE
    atoms refcursor;
BEGIN
    OPEN atoms FOR SELECT * FROM fund.atoms(of_step, routes);
    INSERT INTO booking (step, piece_no, leg_no, amount)
    SELECT of_step, s.piece_no, s.leg_no, s.amount
    FROM fund.split_atoms(
        atoms,
        ARRAY(SELECT ROW(l.route_no, l.leg_no, l.tier, l.weight_ppm, l.on_exhaust, l.is_sponsored, l.is_of_class,
                         l.is_open)::fund.split_leg
              FROM route_leg AS l),
        ARRAY(SELECT ROW(d.leg_no, d.counter_no, d.room)::fund.split_draw FROM route_counter AS d),
        ARRAY(SELECT c.spent FROM counter AS c ORDER BY c.counter_no)) AS s;
    CLOSE atoms;
END
$$;
COMMENT ON FUNCTION fund.split_in_order(integer, integer[]) IS 'Book the pieces of a step of some routes, one slot after the other, to pg_temp.booking; leg_no is null where nothing pays';

GRANT EXECUTE ON FUNCTION fund.split_in_order(integer, integer[]) TO hm_owner; -- a part of fund.fund_days()
