/** One class of datum: where it lies, how long it is kept, how it ends, why, and whose decision that is. */
export interface RetentionRow {
  readonly what: string;
  /** The tables of the database that hold it. */
  readonly tables: readonly string[];
  /** Full days after the one it is of; null where `ends` says when. */
  readonly days: number | null;
  /** What may be set instead; null for what is not settable. */
  readonly bounds: { readonly least: number; readonly most: number; readonly perAccount: boolean } | null;
  readonly ends: string;
  readonly why: string;
  /** Who decides how long. */
  readonly owner: string;
}

/** No record of a message is ended before: so says `drop_day` in the migration 0010-privacy, too. */
const RECORD_DAYS_LEAST = 92;
/** 13 months. */
const RECORD_DAYS = 396;
/** Seven years, two of which may be leap years. */
const AUDIT_DAYS = 2557;

/**
 * The table of retention (GDPR 5(1)(e), ISO/IEC 27001 A.8.10, OWASP ASVS 14.2.7). Every table of the database is in a row
 * of it, or in `notRetained` with a reason.
 */
export const retention = {
  message_body: {
    what: 'What messages say, both ways.',
    tables: ['message', 'message_replacement', 'vault.key', 'vault.rotation'],
    days: 30,
    bounds: { least: 1, most: RECORD_DAYS, perAccount: true },
    ends: 'The key of its day is destroyed: what is left in the row, and in every copy of it, is noise.',
    why: 'To answer what was sent while a customer may still ask.',
    owner: 'The account.',
  },
  one_time_code: {
    what: 'What one-time codes say (messages of the class otp).',
    tables: ['message', 'message_replacement', 'vault.code_key'],
    days: 0,
    bounds: null,
    ends: 'The key of the ten minutes in which it is not valid any more is destroyed with them, a minute or two late: what is left in the row, and in every copy of it, is noise. A legal hold keeps no code.',
    why: 'A code that was used, or is not valid any more, is of use to an attacker alone.',
    owner: 'Nobody: it is fixed.',
  },
  message_record: {
    what: 'That a message was sent or came, when, by which carrier, and what became of it.',
    tables: ['message', 'message_event', 'message_replacement', 'waiting'],
    days: RECORD_DAYS,
    bounds: { least: RECORD_DAYS_LEAST, most: 3653, perAccount: false },
    ends: 'The partition of its day is dropped, and what waits or was replaced of that day is deleted.',
    why: 'Settlement with carriers, complaints, and a year to compare with.',
    owner: 'The operator of the gateway.',
  },
  recipient: {
    what: 'The number of a person, sealed, and its keyed hash.',
    tables: ['recipient', 'vault.recipient_key', 'vault.tombstone'],
    days: null,
    bounds: null,
    ends: 'With the last record of a message to or from the person, where there is none as long after the row was made, or at once by erasure: the key is destroyed, the row deleted. The tombstone of the key stays, so that an older copy of it is destroyed again.',
    why: 'Messages need somebody to go to.',
    owner: 'The person, by erasure.',
  },
  inbound_part: {
    what: 'Parts of long messages from handsets, sealed.',
    tables: ['inbound_part'],
    days: 1,
    bounds: null,
    ends: 'Deleted when the message was told and no part of it is expected again, or at erasure.',
    why: 'Parts come in any order.',
    owner: 'The operator of the gateway (messages.reassemblyMinutes).',
  },
  request_key: {
    what: 'Keyed hashes of idempotency keys and bodies, with the ids of the messages.',
    tables: ['idempotency'],
    days: null,
    bounds: null,
    ends: 'Deleted in the hour after messages.idempotencyHours: 48, where nothing else is set.',
    why: 'A request that is repeated is answered as before.',
    owner: 'The operator of the gateway.',
  },
  receipt_report: {
    what: 'Receipts that no message was found for; the number as a keyed hash.',
    tables: ['unmatched_receipt', 'missing_receipt'],
    days: 90,
    bounds: null,
    ends: 'Deleted every hour; the hash at erasure.',
    why: 'To find out with a carrier why receipts are lost.',
    owner: 'The operator of the gateway.',
  },
  suppression: {
    what: 'That a number is not sent to any more, as a keyed hash.',
    tables: ['suppression'],
    days: null,
    bounds: null,
    ends: 'When the person asks for messages again.',
    why: 'Erasure would otherwise forget the wish not to be written to (GDPR 21(3)).',
    owner: 'The person.',
  },
  audit: {
    what: 'The audit log: who did what, and what became of messages; no personal data in clear.',
    tables: [
      'audit_group',
      'audit_tile',
      'audit_checkpoint',
      'audit_key',
      'audit_witness',
      'audit_cosignature',
      'erasure',
      'legal_hold',
    ],
    days: AUDIT_DAYS,
    bounds: null,
    ends: 'Not by the gateway: a log that proves itself is not cut. It is exported and begun anew.',
    why: 'To prove what happened (PCI DSS 4.0 10.5.1 asks for 12 months).',
    owner: 'The operator of the gateway.',
  },
} as const satisfies Record<string, RetentionRow>;

export type Datum = keyof typeof retention;

/** Tables that hold nothing about a person or a message, and why they stay as long as they are used. */
export const notRetained: Readonly<Record<string, string>> = {
  account: 'Tenants: settings.',
  credential: 'Credentials, with hashes of their secrets: settings.',
  carrier: 'Carriers: settings. A removed one keeps its name, for the records of what it took.',
  route: 'Routes: settings.',
  webhook: 'Addresses of applications: settings.',
  register: 'Keyed hashes of settings, to know them again.',
  retention: 'How long things are kept: settings.',
  node: 'Gateway processes and their leases.',
  'vault.root_version':
    'How old versions of root keys are, and which were forgotten: as long as anything may be wrapped under one.',
  alarm: 'What is wrong at the moment: as long as it is.',
  audit_export: 'How far receivers have the audit log.',
  sweep: 'How far recurring work has come.',
  schema_migration: 'Which migrations were applied.',
};

export const isDatum = (name: string): name is Datum => Object.hasOwn(retention, name);
