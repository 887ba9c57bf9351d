import type { LogLevel } from '../../base/log.ts';

interface PeerFaultRow {
  readonly level: LogLevel;
  /** What the other side did, and what was done about it. */
  readonly words: string;
}

/** The one table of what peers do wrong: the stable code it has in the log. Codes never change their meaning. */
export const peerFaults = {
  smpp_connections_full: {
    level: 'warn',
    words: 'The gateway has all the SMPP connections it may have (smpp.maxConnections); one more was closed.',
  },
  smpp_address_full: {
    level: 'warn',
    words: 'An address has all the connections it may have (smpp.connectionsPerAddress); one more was closed.',
  },
  smpp_unbound_full: {
    level: 'warn',
    words:
      'An address has as many connections without a bind as it may have (smpp.unboundPerAddress); one more was closed.',
  },
  smpp_not_tls: {
    level: 'info',
    words: 'Something else than TLS came to the TLS port, like SMPP without TLS or HTTP; the connection was closed.',
  },
  smpp_tls_refused: { level: 'info', words: 'A TLS handshake failed; `cause` is its error.' },
  smpp_other_protocol: {
    level: 'warn',
    words: 'Something else than SMPP came: `reason` says what it looks like. The connection was closed.',
  },
  smpp_bad_length: {
    level: 'warn',
    words: 'A command_length that cannot be, or is above smpp.maxPduBytes; answered with generic_nack, and closed.',
  },
  smpp_slow_pdu: {
    level: 'warn',
    words: 'A PDU was begun and not ended within smpp.pduSeconds, like one octet a second; the connection was closed.',
  },
  smpp_unread: {
    level: 'warn',
    words: 'The peer does not read what it is sent: 4 MiB wait. The connection was closed.',
  },
  smpp_command_unknown: { level: 'info', words: 'A command_id that nobody knows; answered with generic_nack.' },
  smpp_command_refused: {
    level: 'info',
    words: 'A PDU that may not be sent in this state, like submit_sm of a receiver; refused, and the session goes on.',
  },
  smpp_pdu_unreadable: {
    level: 'info',
    words: 'A PDU whose fields or TLVs do not fit into it; refused with the status of the field.',
  },
  smpp_bind_overdue: { level: 'info', words: 'No bind within smpp.bindSeconds; the connection was closed.' },
  smpp_bind_refused: { level: 'warn', words: 'A bind was refused; `reason` is its fault. The connection was closed.' },
  smpp_source_banned: {
    level: 'warn',
    words: 'Five binds with a wrong password came from an address within a minute; its binds are refused for a while.',
  },
  smpp_bind_abandoned: { level: 'info', words: 'The peer was gone before it said anything after its bind.' },
  smpp_bind_churn: {
    level: 'warn',
    words: 'A credential binds again and again, as if for every message; its binds are answered later and later.',
  },
  smpp_peer_silent: { level: 'info', words: 'The peer did not answer enquire_link; the connection was cut.' },
  smpp_inactive: { level: 'info', words: 'Nothing but enquire_link came for smpp.inactivitySeconds; unbound.' },
  smpp_flood: {
    level: 'warn',
    words:
      'For half a minute more than 50 PDUs a second came that do nothing, like enquire_link; the connection was cut.',
  },
  smpp_ignores_throttling: {
    level: 'warn',
    words:
      'For ten seconds the peer went on above its rate, although told ESME_RTHROTTLED; it is read only at its rate.',
  },
  smpp_never_answers: {
    level: 'warn',
    words: 'Three times in a row no deliver_sm was answered within smpp.responseSeconds; unbound.',
  },
  smpp_late_answer: {
    level: 'info',
    words: 'A deliver_sm was answered late (`overdue`, which counts all the same), or twice or never sent (`unknown`).',
  },
  smpp_credential_ended: { level: 'info', words: 'The credential of a session has reached its end; unbound.' },
} as const satisfies Record<string, PeerFaultRow>;

export type PeerFault = keyof typeof peerFaults;
