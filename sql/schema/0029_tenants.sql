-- What one hub may mint: names of classes are everybody's (each is a row of every tariff), names of nodes are looked up
-- in every commit. A hub that invents them, by mistake or by malice, must not fill what all share.
SET LOCAL ROLE hm_owner;

ALTER TABLE usage.hub
    ADD COLUMN most_classes integer NOT NULL DEFAULT 200 CHECK (most_classes >= 0),
    ADD COLUMN most_nodes integer NOT NULL DEFAULT 20000 CHECK (most_nodes >= 0);
COMMENT ON COLUMN usage.hub.most_classes IS 'So many resource classes may be first named by this hub; usage in further ones counts, with an empty class and the flag "estimated". An operator may raise it';
COMMENT ON COLUMN usage.hub.most_nodes IS 'So many nodes may this hub name; what comes from further ones goes to quarantine as too_many_names. An operator may raise it';

ALTER TABLE usage.resource_class ADD COLUMN named_by integer REFERENCES usage.hub;
COMMENT ON COLUMN usage.resource_class.named_by IS 'Hub that named it first; null: the empty class, a demonstration''s, or older than this was recorded';
CREATE INDEX resource_class_named_by ON usage.resource_class (named_by);
