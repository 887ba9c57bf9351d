-- People of whom there is no message end too, and what was decided about keys is backed up with the keys. Nothing is
-- rewritten: it takes milliseconds, however many people there are.

-- The last day on which a person was looked at and known: when the row was made, or as retention last found it. Whoever
-- is here already is looked at by the next round.
ALTER TABLE recipient ADD COLUMN seen_on date NOT NULL DEFAULT 'epoch';
ALTER TABLE recipient ALTER COLUMN seen_on SET DEFAULT (now() AT TIME ZONE 'UTC')::date;

-- Holds are restored with the keys, which may be younger than the accounts that are restored with the data.
ALTER TABLE legal_hold DROP CONSTRAINT legal_hold_account_id_fkey;

-- The UTC day of an id.
CREATE FUNCTION day_of(id uuid) RETURNS date LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN date 'epoch' + (('x' || left(replace(id::text, '-', ''), 12))::bit(48)::int8 / 86400000)::int4;
