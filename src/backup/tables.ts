/**
 * The one table of what a backup holds: every table of the database, in the order in which it is loaded (what is referred
 * to comes first). `none`: not backed up, and `why` says why. A table that is not here stops the backup, and the test
 * of this list.
 */
interface TableRow {
  readonly in: 'data' | 'keys' | 'none';
  readonly why: string;
  /** Columns that are not backed up, and get their default at the restore. */
  readonly without?: readonly string[];
}

export const tables: Readonly<Record<string, TableRow>> = {
  schema_migration: { in: 'none', why: 'the header of the archive has it, and the migrations write it' },
  account: { in: 'data', why: 'who there is' },
  credential: { in: 'data', why: 'what applications sign in with, as hashes' },
  carrier: { in: 'data', why: 'where messages go; its password is sealed' },
  route: { in: 'data', why: 'which way they go' },
  webhook: { in: 'data', why: 'where notices go; its secret is sealed' },
  register: {
    in: 'data',
    why: 'what the gateway itself put into credentials, carriers, routes and webhooks, under a key that is in the other archive',
  },
  node: { in: 'data', why: 'what was under way is adopted by the node in it, as after a crash' },
  sweep: { in: 'data', why: 'how far the sweeps have come' },
  recipient: { in: 'data', why: 'numbers, sealed under keys that are in the other archive' },
  message: { in: 'data', why: 'texts, sealed under keys that are in the other archive' },
  message_event: { in: 'data', why: 'what became of the messages' },
  message_replacement: { in: 'data', why: 'texts that took the place of others, sealed' },
  waiting: { in: 'data', why: 'what has a time, or is owed to an application' },
  inbound_part: { in: 'data', why: 'parts from handsets that are not whole yet, sealed' },
  erasure: { in: 'data', why: 'which entries of the audit log certify what was erased' },
  idempotency: { in: 'data', why: 'so that what is sent again is not sent twice' },
  unmatched_receipt: { in: 'data', why: 'what carriers told that fits nothing' },
  missing_receipt: { in: 'data', why: 'what carriers never told' },
  audit_key: { in: 'data', why: 'what signs the audit log, sealed under a key that is in the other archive' },
  audit_group: { in: 'data', why: 'the audit log; it holds no personal data' },
  audit_tile: { in: 'data', why: 'its hashes, from which `audit verify` tells that nothing is missing' },
  audit_checkpoint: { in: 'data', why: 'what was signed of it' },
  audit_export: { in: 'data', why: 'how far receivers have the audit log: after a restore they get some of it again' },
  audit_witness: { in: 'data', why: 'what witnesses have cosigned last' },
  alarm: { in: 'data', why: 'what stood, so that its end is on record too' },
  audit_cosignature: { in: 'data', why: 'what they signed' },
  // What was decided about keys goes with them: an older archive of data does not bring back what was decided before it.
  retention: { in: 'keys', why: 'how long things are kept' },
  legal_hold: { in: 'keys', why: 'what is kept beyond its time' },
  suppression: { in: 'keys', why: 'numbers that are not sent to any more, as keyed hashes' },
  // Before other keys, so that they bury what comes after them.
  'vault.tombstone': {
    in: 'keys',
    why: 'keys that were destroyed, so that they stay so',
    // The number of a transaction of the database that was.
    without: ['made_by'],
  },
  'vault.rotation': { in: 'keys', why: 'a rotation under way goes on after the restore' },
  'vault.root_version': { in: 'keys', why: 'how old root keys are, and which were forgotten' },
  'vault.code_key': {
    in: 'none',
    why: 'keys of one-time codes: no copy of a code can be read when its time is over, and none in a backup at all',
  },
  'vault.key': { in: 'keys', why: 'account, day, index and record keys, wrapped' },
  'vault.recipient_key': { in: 'keys', why: 'the keys of people, wrapped' },
};

/** The place of a table in the order of loading; of a partition, that of its table. */
export const placeOf = (name: string): number => Object.keys(tables).indexOf(name);
