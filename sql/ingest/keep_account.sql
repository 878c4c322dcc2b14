-- An operator moves next_offset and nothing else. Forward, what is passed over is lost, by this decision; backward, as
-- after a topic was made anew, other records follow, and their account begins.
CREATE FUNCTION ingest.keep_account() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        NEW.first_offset := NEW.next_offset - NEW.taken - NEW.duplicates - NEW.quarantined - NEW.skipped - NEW.lost;
    ELSIF NEW.next_offset > OLD.next_offset THEN
        NEW.lost := NEW.lost + NEW.next_offset - OLD.next_offset;
    ELSE
        NEW.first_offset := NEW.next_offset;
        NEW.taken := 0;
        NEW.duplicates := 0;
        NEW.quarantined := 0;
        NEW.skipped := 0;
        NEW.lost := 0;
        UPDATE ingest.quarantine AS q
           SET is_counted = false
         WHERE q.topic = NEW.topic AND q.partition = NEW.partition AND q.is_counted;
    END IF;
    RETURN NEW;
END
$$;
COMMENT ON FUNCTION ingest.keep_account()
    IS 'Trigger: a partition begins with an account, and one whose next_offset is set by hand keeps it true';

CREATE TRIGGER begin_account BEFORE INSERT ON ingest.partition
    FOR EACH ROW WHEN (NEW.first_offset IS NULL) EXECUTE FUNCTION ingest.keep_account();

CREATE TRIGGER keep_account BEFORE UPDATE ON ingest.partition
    FOR EACH ROW WHEN (
        NEW.next_offset <> OLD.next_offset
        AND (NEW.first_offset, NEW.taken, NEW.duplicates, NEW.quarantined, NEW.skipped, NEW.lost)
          = (OLD.first_offset, OLD.taken, OLD.duplicates, OLD.quarantined, OLD.skipped, OLD.lost))
    EXECUTE FUNCTION ingest.keep_account();
