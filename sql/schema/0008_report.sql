SET LOCAL ROLE hm_owner;

-- Every view runs with the rights of whoever asks (security_invoker), so that row-level security on
-- the tables beneath holds for reports as well. Who reads reports is therefore granted the columns
-- they are made of, in the views' files, but not USAGE on the schemas these are in: PostgreSQL wants
-- that to look up a name, which a view did when it was made. So finance reads the tables through
-- these views only.
GRANT USAGE ON SCHEMA report TO hm_finance, hm_rater;
