-- Alarms that stand, so that they outlive the process that raised them: one row for each gateway that sees the cause.
-- A gateway of zeros stands for all of them: what they see is the same for each. It takes milliseconds.
CREATE TABLE alarm (
  alarm text NOT NULL CHECK (alarm <> ''),
  -- What it is about, as entries of the audit log name it.
  about text[] NOT NULL,
  gateway uuid NOT NULL,
  -- When it was first raised, and when an entry last said so.
  since timestamptz NOT NULL,
  said_at timestamptz NOT NULL,
  -- Until then the gateway is believed to see the cause. After that any other may end the alarm.
  seen_until timestamptz NOT NULL,
  PRIMARY KEY (alarm, about, gateway)
);

GRANT SELECT, INSERT, UPDATE, DELETE ON alarm TO sallyport_engine;
