-- A key keeps its name. What comes back from an older copy is destroyed as it is added; the working role cannot bring it in
-- by giving another key its name either. Nothing is rewritten.
REVOKE UPDATE ON vault.key, vault.recipient_key, vault.code_key FROM sallyport_engine;
GRANT UPDATE (state, wrapped) ON vault.key TO sallyport_engine;
GRANT UPDATE (wrapped) ON vault.recipient_key, vault.code_key TO sallyport_engine;

-- Who was erased lately is looked at every hour.
CREATE INDEX ON vault.tombstone (made_at) WHERE kind = 'recipient';
