-- What carriers told and nobody could be found for, or that was contrary to what they had told before. why: 'unmatched' or
-- 'contradicted'. handset: keyed hash of the number, where there was one. A carrier has at most 1,000 rows a day; what is
-- beyond is counted in the row of the empty reference.
CREATE TABLE unmatched_receipt (
  carrier_id int4 NOT NULL,
  day date NOT NULL,
  reference text NOT NULL,
  state text NOT NULL,
  why text NOT NULL CHECK (why IN ('unmatched', 'contradicted')),
  code int4 NOT NULL,
  handset bytea CHECK (length(handset) = 16),
  first_seen timestamptz NOT NULL,
  last_seen timestamptz NOT NULL,
  count int8 NOT NULL,
  PRIMARY KEY (carrier_id, day, reference, state, why)
);

-- Messages of which a carrier never told what became of them, by the day on which they were sent.
CREATE TABLE missing_receipt (
  carrier_id int4 NOT NULL,
  day date NOT NULL,
  count int8 NOT NULL,
  PRIMARY KEY (carrier_id, day)
);

GRANT SELECT, INSERT, UPDATE, DELETE ON unmatched_receipt, missing_receipt TO sallyport_engine;
