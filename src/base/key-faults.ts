import type { FaultRow } from './fault-row.ts';

/** The rows of the table of faults that are about keys. */
export const keyFaults = {
  sealed: {
    http: 503,
    smpp: 0x08,
    retry: true,
    title: 'The gateway is sealed: it has no access to the keys of its database yet.',
  },
  not_sealed: { http: 409, smpp: 0x08, retry: false, title: 'The gateway is not sealed.' },
  passphrase_needed: {
    http: 503,
    smpp: 0x08,
    retry: false,
    title: 'The root key is sealed with a passphrase, which was not given yet.',
  },
  passphrase_wrong: { http: 403, smpp: 0x08, retry: false, title: 'That is not the passphrase of the root key.' },
  passphrase_weak: {
    http: 422,
    smpp: 0x08,
    retry: false,
    title: 'A passphrase has 12 to 1024 octets.',
  },
  passphrase_too_soon: {
    http: 429,
    smpp: 0x08,
    retry: true,
    title: 'After wrong passphrases the next one has to wait. It was not looked at.',
  },
  token_unavailable: { http: 503, smpp: 0x08, retry: true, title: 'The token with the root key cannot be used.' },
  token_pin_refused: {
    http: 503,
    smpp: 0x08,
    retry: false,
    title: 'The token with the root key does not take the PIN. It is not tried again by itself, for tokens lock.',
  },
  kms_unavailable: {
    http: 503,
    smpp: 0x08,
    retry: true,
    title: 'The key service with the root key does not answer as it should.',
  },
  kms_refused: { http: 503, smpp: 0x08, retry: true, title: 'The key service with the root key refuses this gateway.' },
  kms_untrusted: {
    http: 503,
    smpp: 0x08,
    retry: true,
    title: 'The key service with the root key cannot prove who it is, so it was asked nothing.',
  },
  root_key_in_use: { http: 409, smpp: 0x08, retry: false, title: 'That version of the root key is still needed.' },
  root_key_unsafe: { http: 500, smpp: 0x08, retry: false, title: 'The root key cannot be trusted.' },
  root_key_missing: {
    http: 500,
    smpp: 0x08,
    retry: false,
    title: 'The root key is missing, and the database holds keys that only it opens.',
  },
  root_key_mismatch: {
    http: 500,
    smpp: 0x08,
    retry: false,
    title: 'The root key is not the one that wrapped the keys of this database.',
  },
  key_unusable: { http: 500, smpp: 0x08, retry: false, title: 'A key of the vault cannot be used.' },
} as const satisfies Record<string, FaultRow>;
