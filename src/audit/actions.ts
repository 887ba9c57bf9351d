/** What an entry is about: the sort of event that an auditor asks for (PCI DSS 4.0 10.2.1). */
export type ActionKind = 'change' | 'use' | 'read' | 'key' | 'alarm' | 'run';

/** Everything that is on record, but for what happens to messages. The names are stable. */
export const actions = {
  'gateway.started': { kind: 'run', doc: 'A gateway process has begun to work.' },
  'gateway.stopped': { kind: 'run', doc: 'A gateway process has ended as it was told to.' },
  'gateway.unsealed': { kind: 'run', doc: 'A sealed gateway was given what its keys are wrapped under.' },
  'log.alive': { kind: 'run', doc: 'Nothing else was to be put on record for a while: the log goes on.' },
  'account.made': { kind: 'change', doc: 'An account was made.' },
  'credential.made': { kind: 'change', doc: 'A credential was made.' },
  'credential.revoked': { kind: 'change', doc: 'A credential was revoked.' },
  'credential.used': {
    kind: 'use',
    doc: 'A credential was used: at each bind, and by its first request of a day from an address.',
  },
  'credential.refused': { kind: 'use', doc: 'Somebody who knew a credential was refused, or somebody guessed.' },
  'carrier.added': { kind: 'change', doc: 'A carrier was added.' },
  'carrier.changed': { kind: 'change', doc: 'Settings of a carrier were changed, or it was enabled or disabled.' },
  'carrier.removed': { kind: 'change', doc: 'A carrier was removed.' },
  'route.changed': { kind: 'change', doc: 'Routes were changed.' },
  'webhook.set': { kind: 'change', doc: 'The address that an account is told at was set, with a new secret.' },
  'webhook.removed': { kind: 'change', doc: 'The address that an account is told at was removed.' },
  'message.cancelled': { kind: 'change', doc: 'A message was stopped before it was handed over.' },
  'message.replaced': { kind: 'change', doc: 'The text of a message that waited was replaced.' },
  'message.read': { kind: 'read', doc: 'A message was shown to somebody: its number, what became of it, its text.' },
  'messages.searched': { kind: 'read', doc: 'Messages were listed.' },
  'receipts.read': { kind: 'read', doc: 'What carriers told that fitted no message was shown to somebody.' },
  'handset.watched': { kind: 'read', doc: 'Somebody began to watch what reaches the handset of the sandbox.' },
  'log.read': {
    kind: 'read',
    doc: 'The audit log was shown to somebody: entries in words, proofs, what a verification found, or tiles, for which one entry stands an hour.',
  },
  'key.rotate': { kind: 'change', doc: 'Somebody had the key of an account exchanged.' },
  'key.compromise': { kind: 'change', doc: 'Somebody said that others may know a key, and had it exchanged.' },
  'key.rewrap': { kind: 'change', doc: 'Somebody had the keys of all accounts wrapped under the root key again.' },
  'key.passphrase': { kind: 'change', doc: 'Somebody gave the root key another passphrase, or took it away.' },
  'key.forget': { kind: 'change', doc: 'Somebody had the key of an older version of the root key destroyed.' },
  'key.changed': { kind: 'key', doc: 'A key was made, or came into another state.' },
  'backup.made': { kind: 'read', doc: 'Data or keys were copied into an archive, sealed for whoever opens backups.' },
  'backup.drilled': { kind: 'read', doc: 'An archive was restored for a trial, checked, and removed again.' },
  'backup.restored': {
    kind: 'change',
    doc: 'This database was restored from archives: what was on record after they were made is not in this log.',
  },
  'retention.set': { kind: 'change', doc: 'It was set how long something is kept.' },
  'retention.ended': { kind: 'change', doc: 'What was beyond its time was ended: keys destroyed, or rows removed.' },
  'hold.asked': { kind: 'change', doc: 'A legal hold was asked for.' },
  'hold.approved': { kind: 'change', doc: 'A legal hold was approved by somebody else: it is in force.' },
  'hold.ended': { kind: 'change', doc: 'A legal hold was ended before its time.' },
  'recipient.erased': { kind: 'change', doc: 'A person was erased: the key destroyed, and all that names the person.' },
  'suppression.lifted': { kind: 'change', doc: 'A number that was not sent to any more may be sent to again.' },
  'register.begun': { kind: 'run', doc: 'What stood in a table of settings was taken down, once, to know it again.' },
  'register.accepted': {
    kind: 'change',
    doc: 'Somebody took a table of settings for right that was changed outside of the gateway.',
  },
  'alarm.raised': { kind: 'alarm', doc: 'Something needs somebody’s attention.' },
  'alarm.ended': { kind: 'alarm', doc: 'What an alarm was raised about is over.' },
} as const satisfies Record<string, { readonly kind: ActionKind; readonly doc: string }>;

export type Action = keyof typeof actions;
