-- Which versions of root keys there are and were, and since when: a key alone in a file does not say how old it is. At most a
-- few rows; on any database this takes as long as reading the account keys, 10 ms for 10^4 of them.
CREATE TABLE vault.root_version (
  -- The first octet of what it wraps (src/vault/root-key.ts): 1 in a file, 2 in a token, 3 in a service.
  tag int2 NOT NULL,
  version int4 NOT NULL,
  -- As its keeper says, or else the oldest key that was wrapped under it when it was first seen.
  made_at timestamptz NOT NULL,
  -- Its key was destroyed: nothing was wrapped under it then.
  forgotten_at timestamptz,
  PRIMARY KEY (tag, version)
);
INSERT INTO vault.root_version (tag, version, made_at)
  SELECT get_byte(wrapped, 0), vault.wrapped_under(wrapped), min(created_at)
  FROM vault.key WHERE kind = 'account' AND wrapped IS NOT NULL GROUP BY 1, 2;

-- A gateway that has not heard of it would lose an account. The lock makes whoever forgets a version wait for whoever wraps
-- under it, and the other way round.
CREATE FUNCTION vault.refuse_forgotten() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  forgotten timestamptz;
BEGIN
  SELECT forgotten_at INTO forgotten FROM vault.root_version
  WHERE tag = get_byte(NEW.wrapped, 0) AND version = vault.wrapped_under(NEW.wrapped) FOR SHARE;
  IF forgotten IS NOT NULL THEN
    RAISE EXCEPTION 'a key is wrapped under a root key that was forgotten' USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER refuse_forgotten BEFORE INSERT OR UPDATE OF wrapped ON vault.key FOR EACH ROW
  WHEN (NEW.kind = 'account' AND NEW.wrapped IS NOT NULL) EXECUTE FUNCTION vault.refuse_forgotten();

GRANT SELECT, INSERT, UPDATE ON vault.root_version TO sallyport_engine;
