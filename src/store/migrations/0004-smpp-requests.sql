-- What applications ask over SMPP about messages that are here. Takes as long as it takes to read `waiting` once.

-- service_type of the application (SMPP 3.4 §5.2.11); NULL for the default. flags: 16 a receipt only where the message is
-- delivered, 32 also while it is under way, 64 one of several that were asked for at once.
ALTER TABLE message ADD COLUMN service_type text;

-- What took the place of a message that waited for its time (replace_sm): the row with the highest revision counts. The
-- body is sealed like the message's own, with the revision.
CREATE TABLE message_replacement (
  account_id int4 NOT NULL,
  message_id uuid NOT NULL,
  revision int2 NOT NULL CHECK (revision > 0),
  at timestamptz NOT NULL,
  data_coding int2 NOT NULL,
  flags int2 NOT NULL,
  segments int2 NOT NULL,
  expires_at timestamptz NOT NULL,
  body bytea STORAGE EXTERNAL NOT NULL,
  PRIMARY KEY (account_id, message_id, revision)
);

-- The oldest notices of a credential: they are told in the order of their events.
CREATE INDEX ON waiting (credential_id, event_at) WHERE what = 2;

GRANT SELECT, INSERT ON message_replacement TO sallyport_engine;
GRANT SELECT ON message_replacement TO sallyport_tenant;
ALTER TABLE message_replacement ENABLE ROW LEVEL SECURITY;
CREATE POLICY engine ON message_replacement TO sallyport_engine USING (true) WITH CHECK (true);
CREATE POLICY tenant ON message_replacement TO sallyport_tenant
  USING (account_id = current_setting('sallyport.account_id')::int4);
