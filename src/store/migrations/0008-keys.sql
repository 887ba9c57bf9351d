-- The life of a key: its states, the rotation of the key that wraps others, and the graves of keys that were destroyed.
-- No table is rewritten: 10^6 keys of days take a second, and the number of
-- recipients does not matter.

-- When a key came into its state.
ALTER TABLE vault.key ADD COLUMN state_at timestamptz NOT NULL DEFAULT now();

-- Days that begin and end are found without reading all days that were.
CREATE INDEX ON vault.key (period) WHERE kind = 'day' AND state IN ('pre-active', 'active');

-- One version of a key seals what is new, and no gateway can think otherwise.
CREATE UNIQUE INDEX ON vault.key (account_id, kind, period) WHERE state = 'active';

-- NIST SP 800-57 Part 1 Rev. 5 §7, as src/vault/key-states.ts has it. A key that is destroyed stays so.
CREATE FUNCTION vault.check_transition() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NOT (OLD.state || ' > ' || NEW.state) = ANY (ARRAY[
    'pre-active > active', 'pre-active > compromised', 'pre-active > destroyed',
    'active > deactivated', 'active > compromised', 'active > destroyed',
    'deactivated > compromised', 'deactivated > destroyed',
    'compromised > destroyed'])
  THEN
    RAISE EXCEPTION 'a key that is % does not become %', OLD.state, NEW.state USING ERRCODE = 'check_violation';
  END IF;
  NEW.state_at := now();
  RETURN NEW;
END $$;
CREATE TRIGGER check_transition BEFORE UPDATE OF state ON vault.key FOR EACH ROW
  WHEN (OLD.state <> NEW.state) EXECUTE FUNCTION vault.check_transition();

-- Under which version of its account's key a key is wrapped: the envelope says so (src/vault/envelope.ts).
CREATE FUNCTION vault.wrapped_under(wrapped bytea) RETURNS int4 LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN get_byte(wrapped, 1) * 256 + get_byte(wrapped, 2);

-- A rotation under way: every key of the account that is wrapped under an older version is wrapped again, page by page.
CREATE TABLE vault.rotation (
  account_id int4 PRIMARY KEY,
  to_version int2 NOT NULL,
  -- What is drawn anew under it before anything is wrapped again; nothing once that is done.
  draws text NOT NULL CHECK (draws IN ('nothing', 'record', 'record and days')),
  -- From which day on.
  from_day date NOT NULL,
  -- The last recipient that is done.
  done_until int8 NOT NULL DEFAULT 0,
  rewrapped int8 NOT NULL DEFAULT 0,
  started_at timestamptz NOT NULL DEFAULT now(),
  -- Which process did the last page, and when: another goes on when it has been silent for some seconds.
  paged_by text NOT NULL,
  paged_at timestamptz NOT NULL DEFAULT now()
);

-- The one way to destroy a key is to make its tombstone. It stays when the key is gone, so that a key that comes back
-- from an older copy is destroyed again. kind and record name the key: a day, a recipient, or 0; version 0
-- stands for every version. made_by tells readers what they have not seen.
CREATE TABLE vault.tombstone (
  account_id int4 NOT NULL,
  kind text NOT NULL CHECK (kind IN ('account', 'day', 'index', 'record', 'recipient')),
  record int8 NOT NULL,
  version int2 NOT NULL DEFAULT 0,
  made_at timestamptz NOT NULL DEFAULT now(),
  made_by xid8 NOT NULL DEFAULT pg_current_xact_id(),
  PRIMARY KEY (account_id, kind, record, version)
);
CREATE INDEX ON vault.tombstone (made_by);

CREATE FUNCTION vault.bury(grave vault.tombstone) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  IF grave.kind = 'recipient' THEN
    DELETE FROM vault.recipient_key WHERE account_id = grave.account_id AND recipient_id = grave.record;
  ELSE
    UPDATE vault.key SET state = 'destroyed', wrapped = NULL
    WHERE account_id = grave.account_id AND kind = grave.kind AND period = date 'epoch' + grave.record::int4
      AND (grave.version = 0 OR version = grave.version) AND state <> 'destroyed';
  END IF;
END $$;

CREATE FUNCTION vault.bury_new() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM vault.bury(NEW);
  RETURN NULL;
END $$;
CREATE TRIGGER bury AFTER INSERT ON vault.tombstone FOR EACH ROW EXECUTE FUNCTION vault.bury_new();

-- Destroys again what has come back. Returns how many keys there were.
CREATE FUNCTION vault.bury_again() RETURNS int8 LANGUAGE plpgsql AS $$
DECLARE
  recipients int8;
  others int8;
BEGIN
  DELETE FROM vault.recipient_key AS key USING vault.tombstone AS grave
  WHERE grave.kind = 'recipient' AND key.account_id = grave.account_id AND key.recipient_id = grave.record;
  GET DIAGNOSTICS recipients = ROW_COUNT;
  UPDATE vault.key AS key SET state = 'destroyed', wrapped = NULL FROM vault.tombstone AS grave
  WHERE key.account_id = grave.account_id AND key.kind = grave.kind AND key.period = date 'epoch' + grave.record::int4
    AND (grave.version = 0 OR key.version = grave.version) AND key.state <> 'destroyed' AND grave.kind <> 'recipient';
  GET DIAGNOSTICS others = ROW_COUNT;
  RETURN recipients + others;
END $$;

-- What comes back is destroyed as it comes, so that an older copy can be loaded over the tombstones. Recipients once for
-- a statement: a batch of new ones costs one look, 0.5 µs each.
CREATE FUNCTION vault.bury_risen() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  DELETE FROM vault.recipient_key AS key USING risen, vault.tombstone AS grave
  WHERE grave.account_id = risen.account_id AND grave.kind = 'recipient' AND grave.record = risen.recipient_id
    AND grave.version = 0 AND key.account_id = risen.account_id AND key.recipient_id = risen.recipient_id;
  RETURN NULL;
END $$;
CREATE TRIGGER bury_risen AFTER INSERT ON vault.recipient_key REFERENCING NEW TABLE AS risen
  FOR EACH STATEMENT EXECUTE FUNCTION vault.bury_risen();

CREATE FUNCTION vault.skip_risen() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (
    SELECT FROM vault.tombstone
    WHERE account_id = NEW.account_id AND kind = NEW.kind AND record = NEW.period - date 'epoch'
      AND version IN (0, NEW.version))
  THEN
    RETURN NULL;
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER skip_risen BEFORE INSERT ON vault.key FOR EACH ROW WHEN (NEW.wrapped IS NOT NULL)
  EXECUTE FUNCTION vault.skip_risen();

-- A key is destroyed and never removed; a tombstone is never altered.
REVOKE DELETE ON vault.key FROM sallyport_engine;
GRANT SELECT, INSERT, UPDATE, DELETE ON vault.rotation TO sallyport_engine;
GRANT SELECT, INSERT ON vault.tombstone TO sallyport_engine;
