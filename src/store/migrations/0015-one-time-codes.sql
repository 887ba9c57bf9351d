-- Keys of one-time codes. New tables: nothing that is there is touched.

-- Numbers the keys. A sequence, and not one more than the last: it is in backups and the keys are not, so that after a
-- restore no key has the number of one that sealed something. It goes round after half a year at least, and no key is
-- older than a month.
CREATE SEQUENCE vault.code_key_version AS int2 MINVALUE 1 MAXVALUE 32767 CYCLE;

-- One key for each ten minutes; window_no counts them since 1970-01-01. It seals the codes that end in them, and the row
-- is deleted when they are over: unlike that of other keys it leaves no tombstone, for there would be 52,560 of them a
-- year, and there is no older copy that could bring it back (src/backup/tables.ts).
CREATE TABLE vault.code_key (
  account_id int4 NOT NULL,
  window_no int4 NOT NULL,
  version int2 NOT NULL,
  wrapped bytea NOT NULL,
  created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (account_id, window_no, version)
) WITH (autovacuum_vacuum_threshold = 0, autovacuum_vacuum_scale_factor = 0);

GRANT SELECT, INSERT, UPDATE, DELETE ON vault.code_key TO sallyport_engine;
GRANT USAGE ON SEQUENCE vault.code_key_version TO sallyport_engine;
