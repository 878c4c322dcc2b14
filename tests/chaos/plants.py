"""Faults that are put into the database on purpose: a kill-test that does not find them proves nothing.

    run --plant no_fence --seeds 48,57      must fail
"""
WITHOUT = """DO $$ BEGIN EXECUTE regexp_replace(pg_get_functiondef('ingest.advance'::regproc), '{}', '', 'g'); END $$"""
FORGET = """CREATE FUNCTION ingest.forget() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';
CREATE TRIGGER forget BEFORE INSERT OR UPDATE ON {} FOR EACH ROW EXECUTE FUNCTION ingest.forget()"""

PLANTS = {
    # two owners may commit the same messages
    "no_fence": WITHOUT.format(r"AND p\.(owner_epoch = epochs|next_offset (=|<=) (old|new)_offsets)\[i\]"),
    # what comes again after a takeover counts again
    "no_watermark": FORGET.format("ingest.watermark"),
    # what is missing is missing silently
    "no_gap": FORGET.format("ingest.gap"),
    # days that nobody will rate
    "no_days": FORGET.format("ingest.dirty_day"),
}
