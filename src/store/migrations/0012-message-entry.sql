-- What is on record of a message, as `writeMessageEntry` in src/audit/entry.ts writes it: for statements that end many
-- messages at once. Numbers are big-endian.
CREATE FUNCTION message_entry(
  state int2, segment int2, at_ms int8, account_id int4, message_id uuid, credential_id int4, carrier_id int4, node_id int4,
  code int4
) RETURNS bytea LANGUAGE sql IMMUTABLE AS $$
  SELECT '\x01'::bytea || substring(int2send(state) FROM 2) || int2send(segment) || substring(int8send(at_ms) FROM 3)
    || int4send(account_id) || uuid_send(message_id) || int4send(credential_id) || int4send(carrier_id) || int4send(node_id)
    || int4send(code)
$$;
