-- How far each receiver has the audit log: every entry before next_index. What is wrong with it stands here, so that every
-- gateway of the database can be asked.
CREATE TABLE audit_export (
  sink text PRIMARY KEY CHECK (sink <> ''),
  next_index int8 NOT NULL CHECK (next_index >= 0),
  delivered_at timestamptz,
  trouble text,
  trouble_at timestamptz
);

-- What a witness is known to have cosigned last; 0 of one that has cosigned nothing.
CREATE TABLE audit_witness (
  witness text PRIMARY KEY CHECK (witness <> ''),
  size int8 NOT NULL CHECK (size >= 0),
  cosigned_at timestamptz,
  trouble text,
  trouble_at timestamptz
);

-- Cosignatures of checkpoints (https://c2sp.org/tlog-cosignature), each as its line of the note.
CREATE TABLE audit_cosignature (
  size int8 NOT NULL,
  witness text NOT NULL,
  line text NOT NULL,
  at timestamptz NOT NULL,
  PRIMARY KEY (size, witness)
);

GRANT SELECT, INSERT, UPDATE ON audit_export, audit_witness TO sallyport_engine;
GRANT SELECT, INSERT ON audit_cosignature TO sallyport_engine;
