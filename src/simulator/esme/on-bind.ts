import { frame, pdu } from '../octets.ts';
import { answer, BIND_SEQUENCE, bindPdu, bound, type Misbehaviour, send, submitPdu } from './misbehaviour.ts';

const OUTBIND = 0x0b;
const NOT_BOUND = ['ESME_RINVBNDSTS'] as const;

/** It binds wrongly, or does something else in its place. */
export const onBind: readonly Misbehaviour[] = [
  {
    name: 'connects-and-leaves',
    does: 'Connects and leaves at once, again and again.',
    sound: 'Forgets each connection; the log does not grow faster than it is allowed to.',
    connections: 'one by one',
    end: 'gone',
    plan: () => [{ step: 'end' }],
  },
  {
    name: 'many-silent-connections',
    does: 'Opens many connections at once and says nothing on any of them.',
    sound: 'Closes each when the time for a bind is over, or at once where there are too many.',
    connections: 'at once',
    end: 'closed',
    plan: () => [],
  },
  {
    name: 'leaves-before-its-bind-is-answered',
    does: 'Sends a bind and drops the connection without reading the answer, again and again.',
    sound: 'Ends each session, and gives back what it took for it.',
    connections: 'one by one',
    end: 'gone',
    plan: (asked) => [send(bindPdu(asked)), { step: 'cut' }],
  },
  {
    name: 'binds-for-every-message',
    does: 'Connects, binds, submits one message and unbinds, for every message.',
    sound: 'Serves it: every message is accepted, or refused with a status that says to slow down.',
    connections: 'one by one',
    end: 'closed',
    plan: (asked) => [
      ...bound(asked, 'bind_transmitter'),
      send(submitPdu(asked, 2)),
      answer(2, 'any'),
      send(pdu('unbind', {}, { sequence: 3 })),
      answer(3, 'accepted'),
    ],
  },
  {
    name: 'wrong-password',
    does: 'Binds with a system_id and a password that do not exist.',
    sound: 'Refuses the bind, after a while that grows with every guess, and closes.',
    end: 'closed',
    log: 'smpp_bind_refused',
    plan: (asked) => [
      send(bindPdu({ ...asked, systemId: 'nobody', password: 'guess' })),
      answer(BIND_SEQUENCE, ['ESME_RINVPASWD', 'ESME_RINVSYSID', 'ESME_RBINDFAIL']),
    ],
  },
  {
    name: 'bind-twice',
    does: 'Binds a second time within the session.',
    sound: 'Answers ESME_RALYBND; the first bind stands.',
    end: 'open',
    log: 'smpp_command_refused',
    plan: (asked) => [
      ...bound(asked),
      send(pdu('bind_transceiver', { system_id: asked.systemId, password: asked.password }, { sequence: 2 })),
      answer(2, ['ESME_RALYBND']),
    ],
  },
  {
    name: 'bind-without-end',
    does: 'Sends a bind whose system_id has no NUL.',
    sound: 'Refuses the bind and closes; it does not read on into the next PDU.',
    end: 'closed',
    log: 'smpp_bind_refused',
    plan: () => [send(frame('bind_transceiver', 'x'.repeat(15), { sequence: 1 })), answer(1, 'refused')],
  },
  {
    name: 'bind-too-long',
    does: 'Sends a bind with a system_id of 40 octets and a password of 40.',
    sound: 'Refuses the bind and closes; nothing is cut to fit.',
    end: 'closed',
    log: 'smpp_bind_refused',
    plan: () => [
      send(frame('bind_transceiver', `${'s'.repeat(40)}\0${'p'.repeat(40)}\0\0\u0034\0\0\0`, { sequence: 1 })),
      answer(1, 'refused'),
    ],
  },
  {
    name: 'strange-version',
    does: 'Binds with an interface_version of 0xEE.',
    sound: 'Binds it with a version it knows, or refuses the bind. It does not believe the number.',
    end: 'either',
    plan: (asked) => [
      send(bindPdu(asked, 'bind_transceiver', { interface_version: 0xee })),
      answer(BIND_SEQUENCE, 'any'),
    ],
  },
  {
    name: 'hostile-address-range',
    does: 'Binds with an address_range that is a regular expression made to take for ever.',
    sound: 'Takes or refuses the bind at once; it does not run what a stranger wrote.',
    end: 'either',
    plan: (asked) => [
      send(bindPdu(asked, 'bind_transceiver', { address_range: '^((((a+)+)+)+)+$' })),
      answer(BIND_SEQUENCE, 'any'),
    ],
  },
  {
    name: 'outbind',
    does: 'Sends outbind, which only a carrier may.',
    sound: 'Answers generic_nack or nothing, and goes on waiting for a bind.',
    end: 'open',
    plan: () => [send(frame(OUTBIND, 'centre\0secret\0', { sequence: 1 }))],
  },
  {
    name: 'submit-before-bind',
    does: 'Submits a message before it is bound.',
    sound: 'Answers ESME_RINVBNDSTS and keeps nothing of it.',
    end: 'open',
    plan: (asked) => [send(submitPdu(asked, 1)), answer(1, NOT_BOUND)],
  },
  {
    name: 'enquire-link-before-bind',
    does: 'Asks with enquire_link before it is bound.',
    sound: 'Answers; it does not count as a bind.',
    end: 'open',
    plan: () => [send(pdu('enquire_link', {}, { sequence: 1 })), answer(1, 'any')],
  },
  {
    name: 'unbind-before-bind',
    does: 'Says goodbye before it is bound.',
    sound: 'Refuses it with ESME_RINVBNDSTS, or takes it and closes.',
    end: 'either',
    plan: () => [send(pdu('unbind', {}, { sequence: 1 })), answer(1, 'any')],
  },
  {
    name: 'response-before-bind',
    does: 'Answers a deliver_sm that was never sent, before it is bound.',
    sound: 'Answers nothing to an answer, and goes on waiting for a bind.',
    end: 'open',
    plan: () => [send(pdu('deliver_sm_resp', {}, { sequence: 1 }))],
  },
];
