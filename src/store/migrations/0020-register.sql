-- What the gateway itself has put into tables of settings: of each row its key and a keyed hash of what it says, all of
-- them under one MAC whose key is in the vault. Whoever can write the tables and has no key cannot write this. A gateway
-- takes down what is there once, at its first start with this table (docs/decisions/0048-what-was-changed-outside.md).
-- Nothing that is there is read or rewritten.
CREATE TABLE register (
  name text PRIMARY KEY CHECK (name IN ('carrier', 'credential', 'route', 'webhook')),
  -- Higher after every change: a gateway that has seen a higher one takes no lower one for true.
  revision int4 NOT NULL CHECK (revision >= 0),
  -- For each row its key (4 octets) and its mark (16), by key.
  members bytea STORAGE EXTERNAL NOT NULL CHECK (length(members) % 20 = 0),
  mark bytea NOT NULL
);

GRANT SELECT, INSERT, UPDATE ON register TO sallyport_engine;
