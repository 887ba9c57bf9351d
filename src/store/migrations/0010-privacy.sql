-- Retention, legal hold, erasure. New tables and functions: nothing that is there is rewritten.

-- How long something is kept where it is not as long as the table in src/privacy/retention-table.ts says. account_id 0
-- stands for all accounts.
CREATE TABLE retention (
  account_id int4 NOT NULL,
  datum text NOT NULL CHECK (datum <> ''),
  days int4 NOT NULL CHECK (days > 0),
  set_by text NOT NULL CHECK (set_by <> ''),
  set_at timestamptz NOT NULL,
  PRIMARY KEY (account_id, datum)
);

-- What is kept beyond its time for a court or an authority. It holds from when somebody else has approved it until it
-- expires or is ended. recipient_id, sender: null for all of them.
CREATE TABLE legal_hold (
  id int4 GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  account_id int4 NOT NULL REFERENCES account,
  recipient_id int8,
  sender text CHECK (sender <> ''),
  from_day date NOT NULL,
  to_day date NOT NULL CHECK (to_day >= from_day),
  why text NOT NULL CHECK (why <> ''),
  asked_by text NOT NULL CHECK (asked_by <> ''),
  asked_at timestamptz NOT NULL,
  approved_by text CHECK (approved_by <> asked_by),
  approved_at timestamptz,
  expires_at timestamptz NOT NULL CHECK (expires_at > asked_at),
  ended_by text CHECK (ended_by <> ''),
  ended_at timestamptz,
  CHECK ((approved_by IS NULL) = (approved_at IS NULL)),
  CHECK ((ended_by IS NULL) = (ended_at IS NULL))
);

-- Numbers that are not sent to any more, as the account's keyed hash of them.
CREATE TABLE suppression (
  account_id int4 NOT NULL,
  number_hash bytea NOT NULL CHECK (length(number_hash) = 16),
  since timestamptz NOT NULL,
  why text NOT NULL CHECK (why <> ''),
  PRIMARY KEY (account_id, number_hash)
);

-- What was erased: the entry of the audit log that says so, and how long the log was before it.
CREATE TABLE erasure (
  id uuid PRIMARY KEY,
  account_id int4 NOT NULL,
  at timestamptz NOT NULL,
  entry bytea NOT NULL,
  log_size int8 NOT NULL
);

-- The lowest id of a UTC day.
CREATE FUNCTION first_id(day date) RETURNS uuid LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN rpad(lpad(to_hex((extract(epoch FROM day::timestamp) * 1000)::int8), 12, '0'), 32, '0')::uuid;

-- Holds are read under a lock that whoever changes one waits for: none begins while something is being ended.
CREATE FUNCTION is_held(account int4, day date) RETURNS boolean LANGUAGE sql STABLE
RETURN EXISTS (
  SELECT FROM legal_hold WHERE (account IS NULL OR account_id = account) AND day BETWEEN from_day AND to_day
    AND approved_at IS NOT NULL AND ended_at IS NULL AND expires_at > now());

-- Ends the records of a day. The owner of the tables does it on behalf of a role that owns nothing, and refuses what is
-- younger than the least that the table of retention allows, whoever asks, and what is held.
CREATE FUNCTION drop_day(day date) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  parent text;
BEGIN
  IF day > current_date - 92 THEN
    RAISE EXCEPTION 'records of % are too young to be ended', day USING ERRCODE = 'restrict_violation';
  END IF;
  IF is_held(NULL, day) THEN
    RAISE EXCEPTION 'records of % are on hold', day USING ERRCODE = 'restrict_violation';
  END IF;
  FOREACH parent IN ARRAY ARRAY['message_event', 'message'] LOOP
    EXECUTE format('DROP TABLE IF EXISTS %I', parent || '_' || to_char(day, 'YYYYMMDD'));
  END LOOP;
END $$;

-- The application's own words for messages to a person who is erased. Nobody else may alter a message.
CREATE FUNCTION blind_references(account int4, recipient int8) RETURNS int8
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  blinded int8;
BEGIN
  UPDATE message SET reference = NULL WHERE account_id = account AND recipient_id = recipient AND reference IS NOT NULL;
  GET DIAGNOSTICS blinded = ROW_COUNT;
  RETURN blinded;
END $$;

REVOKE ALL ON FUNCTION drop_day(date), blind_references(int4, int8) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION drop_day(date), blind_references(int4, int8) TO sallyport_engine;
GRANT SELECT, INSERT, UPDATE, DELETE ON retention TO sallyport_engine;
GRANT SELECT, INSERT, UPDATE ON legal_hold TO sallyport_engine;
GRANT SELECT, INSERT, DELETE ON suppression TO sallyport_engine;
GRANT SELECT, INSERT ON erasure TO sallyport_engine;
GRANT DELETE ON message_replacement TO sallyport_engine;
GRANT USAGE ON SEQUENCE legal_hold_id_seq TO sallyport_engine;
