-- The audit log. What happened is written in the transaction in which it happened, as one row of all its entries: each of
-- them behind its length (2 octets). A row has no place in the log until the sequencer gives it one, and then keeps it.
CREATE TABLE audit_group (
  id int8 GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  entry_count int4 NOT NULL CHECK (entry_count > 0),
  entries bytea STORAGE EXTERNAL NOT NULL,
  -- The index of its first entry in the log.
  first_index int8
);
CREATE INDEX audit_group_pending ON audit_group (id) WHERE first_index IS NULL;
CREATE UNIQUE INDEX audit_group_place ON audit_group (first_index) WHERE first_index IS NOT NULL;

CREATE FUNCTION keep_audit_place() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF OLD.first_index IS NOT NULL OR NEW.first_index IS NULL THEN
    RAISE EXCEPTION 'what has a place in the audit log keeps it' USING ERRCODE = 'restrict_violation';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER keep_audit_place BEFORE UPDATE ON audit_group FOR EACH ROW EXECUTE FUNCTION keep_audit_place();

-- The Merkle tree as tiles (https://c2sp.org/tlog-tiles): up to 256 hashes of 32 octets, of which the last tile of a level
-- grows until it is full.
CREATE TABLE audit_tile (
  level int2 NOT NULL CHECK (level >= 0),
  number int8 NOT NULL CHECK (number >= 0),
  hashes bytea STORAGE EXTERNAL NOT NULL CHECK (length(hashes) > 0 AND length(hashes) <= 8192 AND length(hashes) % 32 = 0),
  PRIMARY KEY (level, number)
);

-- What was signed: the size and the root of the log, and the signed note (https://c2sp.org/tlog-checkpoint).
CREATE TABLE audit_checkpoint (
  size int8 PRIMARY KEY CHECK (size >= 0),
  root bytea NOT NULL CHECK (length(root) = 32),
  at timestamptz NOT NULL,
  note text NOT NULL
);

-- The key that signs checkpoints (Ed25519). origin: the name of the log, in every checkpoint and never changed.
CREATE TABLE audit_key (
  id int4 GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  origin text NOT NULL CHECK (origin <> ''),
  public_key bytea NOT NULL CHECK (length(public_key) = 32),
  sealed_key bytea NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now()
);

-- Nothing of the log is ever changed or deleted under this role but for the place of a row without one.
GRANT SELECT, INSERT ON audit_group, audit_checkpoint, audit_key TO sallyport_engine;
GRANT UPDATE (first_index) ON audit_group TO sallyport_engine;
GRANT SELECT, INSERT ON audit_tile TO sallyport_engine;
GRANT UPDATE (hashes) ON audit_tile TO sallyport_engine;
GRANT USAGE ON SEQUENCE audit_key_id_seq, audit_group_id_seq TO sallyport_engine;
