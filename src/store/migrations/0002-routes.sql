-- Which carriers a message takes. prefix: the leading digits of its E.164 number, '' for every number. What is null fits
-- any sender, class or account. carriers: names, in the order in which they are tried.
CREATE TABLE route (
  id int4 GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  prefix text NOT NULL CHECK (prefix ~ '^[0-9]{0,15}$'),
  sender text CHECK (sender <> ''),
  class text CHECK (class IN ('otp', 'transactional', 'marketing')),
  account_id int4 REFERENCES account,
  carriers text[] NOT NULL CHECK (cardinality(carriers) BETWEEN 1 AND 20),
  created_at timestamptz NOT NULL DEFAULT now(),
  UNIQUE NULLS NOT DISTINCT (prefix, sender, class, account_id)
);

GRANT SELECT, INSERT, DELETE ON route TO sallyport_engine;
GRANT USAGE ON SEQUENCE route_id_seq TO sallyport_engine;
