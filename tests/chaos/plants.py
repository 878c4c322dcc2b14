"""Faults that are put into the database on purpose: a kill-test that does not find them proves nothing.

    run --plant no_fence --seeds 147,187,190,270      must fail, in some of them
"""
WITHOUT = """DO $$ BEGIN EXECUTE regexp_replace(pg_get_functiondef('ingest.advance'::regproc), '{}', '', 'g'); END $$"""
FORGET = """CREATE FUNCTION ingest.forget() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';
CREATE TRIGGER forget BEFORE INSERT OR UPDATE ON {} FOR EACH ROW EXECUTE FUNCTION ingest.forget()"""

CHANGED = """DO $$ BEGIN EXECUTE replace(pg_get_functiondef('{}'::regproc), '{}', '{}'); END $$"""

PLANTS = {
    # two owners may commit the same messages: neither the partition's row nor that of the stream says no
    "no_fence": WITHOUT.format(r"AND p\.(owner_epoch = epochs|next_offset (=|<=) (old|new)_offsets)\[i\]") + "; "
                + CHANGED.format("ingest.move_streams", "IF NOT FOUND THEN", "IF false THEN"),
    # what comes again after a takeover counts again
    "no_watermark": FORGET.format("ingest.watermark"),
    # what is missing is missing silently
    "no_gap": FORGET.format("ingest.gap"),
    # more is passed over than was decided (schedules that throw retention)
    "pass_over": CHANGED.format("ingest.go_on", "to_offset + 1", "to_offset + 2"),
    # days that nobody will rate
    "no_days": FORGET.format("ingest.dirty_day"),
}
