-- Roles: sallyport_engine moves messages for all accounts, sallyport_tenant answers one account at a time and is held to
-- it by row-level security. Both own nothing. They are made by src/store/migrate.ts before the first migration runs.

CREATE SCHEMA vault;

CREATE TABLE account (
  id int4 GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  name text NOT NULL UNIQUE CHECK (name <> ''),
  created_at timestamptz NOT NULL DEFAULT now()
);

-- kind: 'account' wraps the others of its account; 'day' (period = the UTC day), 'index', 'record'. Account 0 is the
-- gateway itself, for secrets that belong to no account. No reference to the account: keys may live elsewhere.
CREATE TABLE vault.key (
  account_id int4 NOT NULL,
  kind text NOT NULL CHECK (kind IN ('account', 'day', 'index', 'record')),
  period date NOT NULL,
  state text NOT NULL DEFAULT 'active' CHECK (state IN ('pre-active', 'active', 'deactivated', 'compromised', 'destroyed')),
  version int2 NOT NULL DEFAULT 1,
  wrapped bytea,
  created_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (account_id, kind, period, version),
  CHECK ((wrapped IS NULL) = (state = 'destroyed'))
);

-- A recipient is one person of one account: messages point to it and carry no number.
CREATE SEQUENCE recipient_block AS int8;

CREATE TABLE recipient (
  account_id int4 NOT NULL,
  id int8 NOT NULL,
  number_hash bytea NOT NULL CHECK (length(number_hash) = 16),
  sealed_number bytea NOT NULL,
  PRIMARY KEY (account_id, id),
  UNIQUE (account_id, number_hash)
);

CREATE TABLE vault.recipient_key (
  account_id int4 NOT NULL,
  recipient_id int8 NOT NULL,
  wrapped bytea NOT NULL,
  PRIMARY KEY (account_id, recipient_id)
);

CREATE TABLE credential (
  account_id int4 NOT NULL REFERENCES account,
  id int4 GENERATED ALWAYS AS IDENTITY,
  kind text NOT NULL CHECK (kind IN ('api_key', 'smpp')),
  name text NOT NULL CHECK (name <> ''),
  lookup text NOT NULL,
  secret_hash text NOT NULL,
  capability jsonb NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  expires_at timestamptz NOT NULL,
  revoked_at timestamptz,
  PRIMARY KEY (account_id, id),
  UNIQUE (kind, lookup)
);

CREATE TABLE carrier (
  id int4 GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  name text NOT NULL UNIQUE CHECK (name <> ''),
  kind text NOT NULL CHECK (kind IN ('sandbox', 'smpp')),
  settings jsonb NOT NULL,
  sealed_secret bytea,
  created_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE webhook (
  account_id int4 PRIMARY KEY REFERENCES account,
  url text NOT NULL,
  sealed_secret bytea NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now()
);

-- A running gateway process. Another takes over what it left when the lease has ended.
CREATE TABLE node (
  id int4 GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  started_at timestamptz NOT NULL DEFAULT now(),
  lease_until timestamptz NOT NULL,
  -- No message of this node from before this id is without an outcome, but for those in `waiting`.
  open_from uuid NOT NULL,
  -- What this node recorded before this time is settled: told to its application, or handed over after it was taken, but
  -- for what is in `waiting`.
  events_from timestamptz NOT NULL,
  -- The node that took over what this one left.
  adopted_by int4 REFERENCES node,
  ended_at timestamptz
);

-- How far a recurring sweep has come.
CREATE TABLE sweep (
  name text PRIMARY KEY,
  done_until timestamptz NOT NULL
);

-- direction: 0 MT, 1 MO. class: 0 otp, 1 transactional, 2 marketing. flags: 1 the text begins with a user data header,
-- 2 the application asked for a receipt, 4 for one only where the message is not delivered.
-- hand_off: 0 at once (may have reached the carrier at any moment after it was stored), 1 waits (has not, before an
-- event `taken` says so), 2 waits for its time (and has a row in `waiting`).
CREATE TABLE message (
  account_id int4 NOT NULL,
  id uuid NOT NULL,
  recipient_id int8 NOT NULL,
  credential_id int4 NOT NULL,
  carrier_id int4 NOT NULL,
  node_id int4 NOT NULL,
  direction int2 NOT NULL,
  class int2 NOT NULL,
  data_coding int2 NOT NULL,
  flags int2 NOT NULL,
  segments int2 NOT NULL,
  hand_off int2 NOT NULL,
  expires_at timestamptz NOT NULL,
  sender text NOT NULL,
  reference text,
  body bytea STORAGE EXTERNAL NOT NULL,
  PRIMARY KEY (account_id, id)
) PARTITION BY RANGE (id);

CREATE INDEX ON message (account_id, recipient_id, id);

-- state: the numbers of src/messages/states.ts. segment: 0 for the whole message, else 1 to n.
CREATE TABLE message_event (
  account_id int4 NOT NULL,
  message_id uuid NOT NULL,
  at timestamptz NOT NULL,
  state int2 NOT NULL CHECK (state IN (1, 2, 3, 4, 5, 10, 11, 12, 13, 14, 15, 20)),
  segment int2 NOT NULL CHECK (segment >= 0),
  node_id int4 NOT NULL,
  carrier_id int4 NOT NULL,
  code int4 NOT NULL,
  reference text
) PARTITION BY RANGE (message_id);

CREATE INDEX ON message_event (account_id, message_id);
CREATE INDEX ON message_event (carrier_id, reference) WHERE reference IS NOT NULL;
CREATE INDEX ON message_event USING brin (at) WITH (pages_per_range = 32, autosummarize = on);

-- What is scheduled, to be retried, or owed to an application. what: 0 send, 1 notice by webhook, 2 notice by SMPP. Only
-- the engine may touch it, so it needs no row-level security, under which COPY would be refused.
CREATE TABLE waiting (
  account_id int4 NOT NULL,
  message_id uuid NOT NULL,
  what int2 NOT NULL,
  state int2 NOT NULL,
  credential_id int4 NOT NULL,
  due_at timestamptz NOT NULL,
  attempts int4 NOT NULL,
  -- When the event happened that is to be told; of a send, when it was first put off.
  event_at timestamptz NOT NULL,
  -- The code of that event.
  code int4 NOT NULL DEFAULT 0,
  PRIMARY KEY (account_id, message_id, what, state)
);
CREATE INDEX ON waiting (what, due_at);

CREATE TABLE idempotency (
  account_id int4 NOT NULL,
  key_hash bytea NOT NULL,
  body_hash bytea NOT NULL,
  message_ids bytea NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (account_id, key_hash)
);
CREATE INDEX ON idempotency USING brin (created_at);

-- Partitions are made by the owner of the tables, on behalf of a role that owns nothing. The engine may only add rows to
-- a partition; whoever reads goes through the table and so through row-level security.
CREATE FUNCTION make_day(day date) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  suffix text := to_char(day, 'YYYYMMDD');
  low uuid := rpad(lpad(to_hex((extract(epoch FROM day::timestamp) * 1000)::int8), 12, '0'), 32, '0')::uuid;
  high uuid := rpad(lpad(to_hex((extract(epoch FROM day::timestamp + interval '1 day') * 1000)::int8), 12, '0'), 32, '0')::uuid;
  parent text;
BEGIN
  FOREACH parent IN ARRAY ARRAY['message', 'message_event'] LOOP
    IF to_regclass(format('public.%I', parent || '_' || suffix)) IS NULL THEN
      EXECUTE format('CREATE TABLE %I PARTITION OF %I FOR VALUES FROM (%L) TO (%L)', parent || '_' || suffix, parent, low, high);
      EXECUTE format('GRANT INSERT ON %I TO sallyport_engine', parent || '_' || suffix);
    END IF;
  END LOOP;
END $$;
REVOKE ALL ON FUNCTION make_day(date) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION make_day(date) TO sallyport_engine;

GRANT USAGE ON SCHEMA vault TO sallyport_engine;
GRANT SELECT, INSERT, UPDATE, DELETE ON account, vault.key, vault.recipient_key, recipient, credential, carrier, webhook,
  node, sweep, waiting, idempotency TO sallyport_engine;
GRANT SELECT, INSERT ON message, message_event TO sallyport_engine;
GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO sallyport_engine;
GRANT SELECT ON message, message_event, recipient TO sallyport_tenant;

DO $$
DECLARE
  name text;
BEGIN
  FOREACH name IN ARRAY ARRAY['recipient', 'credential', 'webhook', 'message', 'message_event', 'idempotency'] LOOP
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
    EXECUTE format('CREATE POLICY engine ON %I TO sallyport_engine USING (true) WITH CHECK (true)', name);
    EXECUTE format('CREATE POLICY tenant ON %I TO sallyport_tenant USING (account_id = current_setting(''sallyport.account_id'')::int4)', name);
  END LOOP;
END $$;
