-- Carriers change while the gateway runs: `revision` tells nodes that one has. One that was removed keeps its row, for the
-- messages that it took; its name is free again.
ALTER TABLE carrier
  ADD COLUMN is_enabled boolean NOT NULL DEFAULT true,
  ADD COLUMN revision int4 NOT NULL DEFAULT 1,
  ADD COLUMN removed_at timestamptz,
  DROP CONSTRAINT carrier_name_key;

CREATE UNIQUE INDEX carrier_name_key ON carrier (name) WHERE removed_at IS NULL;
