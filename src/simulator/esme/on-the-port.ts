import { frame, greetings, pdu, withLength } from '../octets.ts';
import { answer, bindPdu, bound, type Misbehaviour, manner, send, submitPdu, trickle } from './misbehaviour.ts';

const GARBAGE_OCTETS = 2048;
const NACKED = ['ESME_RINVCMDLEN'] as const;

/** Who is in the middle of a PDU cannot answer. */
const midPdu = manner({ enquireLink: 'ignore' });

/** It says what is no SMPP, or says it wrongly measured. */
export const onThePort: readonly Misbehaviour[] = [
  {
    name: 'http',
    does: 'Asks for a web page on the SMPP port.',
    sound: 'Closes the connection without an answer in SMPP, and logs what came.',
    end: 'closed',
    log: 'smpp_other_protocol',
    plan: () => [send(greetings.http)],
  },
  {
    name: 'tls-hello',
    does: 'Begins a TLS handshake inside the connection: on the plain port, or within TLS.',
    sound: 'Closes the connection, and logs what came.',
    end: 'closed',
    log: 'smpp_other_protocol',
    plan: () => [send(greetings.tls)],
  },
  {
    name: 'amqp',
    does: 'Speaks AMQP to the SMPP port.',
    sound: 'Closes the connection, and logs what came.',
    end: 'closed',
    log: 'smpp_other_protocol',
    plan: () => [send(greetings.amqp)],
  },
  {
    name: 'ssh',
    does: 'Speaks SSH to the SMPP port.',
    sound: 'Closes the connection, and logs what came.',
    end: 'closed',
    log: 'smpp_other_protocol',
    plan: () => [send(greetings.ssh)],
  },
  {
    name: 'garbage',
    does: 'Sends random octets that begin with an impossible length.',
    sound: 'Closes the connection at the first length that cannot be.',
    end: 'closed',
    log: 'smpp_bad_length',
    plan: ({ dice }) => [send(Buffer.concat([Buffer.from([0xff]), dice.fill(Buffer.alloc(GARBAGE_OCTETS))]))],
  },
  {
    name: 'garbage-when-bound',
    does: 'Binds as it should, and sends random octets then.',
    sound: 'Closes the connection at the first length that cannot be.',
    end: 'closed',
    log: 'smpp_bad_length',
    plan: (asked) => [
      ...bound(asked),
      send(Buffer.concat([Buffer.from([0xff]), asked.dice.fill(Buffer.alloc(GARBAGE_OCTETS))])),
    ],
  },
  {
    name: 'silent',
    does: 'Connects and never says anything.',
    sound: 'Closes the connection when the time for a bind is over.',
    end: 'closed',
    log: 'smpp_bind_overdue',
    plan: () => [],
  },
  {
    name: 'one-byte-a-second',
    does: 'Sends its bind one octet a second.',
    sound: 'Closes the connection when the time for a bind is over: octets are no bind.',
    end: 'closed',
    log: 'smpp_bind_overdue',
    plan: (asked) => [trickle(bindPdu(asked))],
  },
  {
    name: 'one-byte-a-second-when-bound',
    does: 'Binds as it should, and sends a submit_sm of 254 octets one octet a second.',
    sound: 'Waits for it, asks with enquire_link meanwhile, and closes when no whole PDU comes for too long.',
    end: 'closed',
    log: 'smpp_peer_silent',
    plan: (asked) => [...bound(asked), midPdu, trickle(submitPdu(asked, 2, { short_message: Buffer.alloc(254, 'x') }))],
  },
  {
    name: 'half-a-pdu',
    does: 'Sends half a bind and then nothing.',
    sound: 'Closes the connection when the time for a bind is over.',
    end: 'closed',
    log: 'smpp_bind_overdue',
    plan: (asked) => [send(bindPdu(asked).subarray(0, 20))],
  },
  {
    name: 'half-a-pdu-when-bound',
    does: 'Binds as it should, sends half a submit_sm and then nothing.',
    sound: 'Asks with enquire_link, and closes when no answer comes.',
    end: 'closed',
    log: 'smpp_peer_silent',
    plan: (asked) => [...bound(asked), midPdu, send(submitPdu(asked, 2).subarray(0, 24))],
  },
  {
    name: 'length-of-4-gib',
    does: 'Announces a PDU of 4 GiB.',
    sound: 'Answers generic_nack with ESME_RINVCMDLEN and closes; it takes no memory for what is announced.',
    end: 'closed',
    log: 'smpp_bad_length',
    plan: (asked) => [
      ...bound(asked),
      send(frame('submit_sm', '', { sequence: 2, length: 0xffff_ffff })),
      answer(2, NACKED),
    ],
  },
  {
    name: 'length-of-1-mib',
    does: 'Announces a PDU of 1 MiB and one octet, and begins to send it.',
    sound: 'Answers generic_nack with ESME_RINVCMDLEN and closes before it has come.',
    end: 'closed',
    log: 'smpp_bad_length',
    plan: (asked) => [
      ...bound(asked),
      send(frame('submit_sm', Buffer.alloc(4096), { sequence: 2, length: (1 << 20) + 1 })),
      answer(2, NACKED),
    ],
  },
  {
    name: 'length-of-zero',
    does: 'Sends a PDU with a command_length of 0.',
    sound: 'Answers generic_nack with ESME_RINVCMDLEN and closes; it does not wait for ever in one place.',
    end: 'closed',
    log: 'smpp_bad_length',
    plan: (asked) => [...bound(asked), send(frame('enquire_link', '', { sequence: 2, length: 0 })), answer(2, NACKED)],
  },
  {
    name: 'length-below-the-header',
    does: 'Sends a PDU with a command_length of 15.',
    sound: 'Answers generic_nack with ESME_RINVCMDLEN and closes.',
    end: 'closed',
    log: 'smpp_bad_length',
    plan: (asked) => [...bound(asked), send(frame('enquire_link', '', { sequence: 2, length: 15 })), answer(2, NACKED)],
  },
  {
    name: 'length-too-long',
    does: 'Sends a submit_sm with a command_length 40 octets too large, so that it swallows what follows.',
    sound: 'Refuses the submit_sm, and closes when what follows has no possible length.',
    end: 'closed',
    log: 'smpp_bad_length',
    plan: (asked) => {
      const submit = submitPdu(asked, 2);
      const swallowed = Buffer.concat([3, 4, 5].map((sequence) => pdu('enquire_link', {}, { sequence })));
      return [...bound(asked), send(withLength(submit, submit.length + 40)), send(swallowed), answer(2, 'refused')];
    },
  },
  {
    name: 'length-too-short',
    does: 'Sends a submit_sm with a command_length that ends within its text.',
    sound: 'Refuses the submit_sm, and closes when the rest has no possible length.',
    end: 'closed',
    log: 'smpp_bad_length',
    plan: (asked) => {
      const submit = submitPdu(asked, 2, { short_message: Buffer.from('a text that is cut in two') });
      return [...bound(asked), send(withLength(submit, submit.length - 12)), answer(2, 'refused')];
    },
  },
];
