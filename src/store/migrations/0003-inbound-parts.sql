-- Parts of long messages from handsets, from the first one on until the message is whole or no more of it is waited for, and
-- for a while after it was told, so that a part that comes again is known. Only the engine may touch it, like `waiting`.
-- A new table: nothing that is there is read or locked.
CREATE TABLE inbound_part (
  account_id int4 NOT NULL,
  -- The message that the parts make, from its first part on.
  message_id uuid NOT NULL,
  number int2 NOT NULL,
  total int2 NOT NULL,
  -- How the parts are numbered: by a reference of 8 or 16 bits in a header, or 0, by TLVs.
  numbering int2 NOT NULL CHECK (numbering IN (0, 8, 16)),
  part_reference int4 NOT NULL,
  -- The id of the message that this part is where it is handed on alone. Its body is sealed for it.
  id uuid NOT NULL,
  recipient_id int8 NOT NULL,
  credential_id int4 NOT NULL,
  carrier_id int4 NOT NULL,
  sender text NOT NULL,
  data_coding int2 NOT NULL,
  flags int2 NOT NULL,
  received_at timestamptz NOT NULL,
  -- When no more parts are waited for.
  due_at timestamptz NOT NULL,
  -- Whether the message was whole and is a row of `message`.
  is_told boolean NOT NULL,
  body bytea STORAGE EXTERNAL NOT NULL,
  PRIMARY KEY (account_id, message_id, number),
  CHECK (total BETWEEN 2 AND 255 AND number BETWEEN 1 AND total)
);
CREATE INDEX ON inbound_part (account_id, recipient_id);
CREATE INDEX ON inbound_part (due_at);
CREATE INDEX ON inbound_part (account_id, message_id) WHERE NOT is_told;

GRANT SELECT, INSERT, UPDATE, DELETE ON inbound_part TO sallyport_engine;
