import { frame, pdu } from '../octets.ts';
import { answer, bound, type Misbehaviour, manner, type Step, send, submitPdu, upTo } from './misbehaviour.ts';

const UNKNOWN_COMMAND = 0x0000_0abc;
const FLOOD = 50;
const WANTS_RECEIPT = 1;
const FIRST = 100;
const BURST = 10;
const FIRST_OF_BURST = 1_000_000;

/** It keeps no rule of the session: what may be said when, and what must be answered. */
export const inSession: readonly Misbehaviour[] = [
  {
    name: 'submit-on-a-receiver-bind',
    does: 'Submits a message on a receiver bind.',
    sound: 'Answers ESME_RINVBNDSTS; the session goes on.',
    end: 'open',
    log: 'smpp_command_refused',
    plan: (asked) => [...bound(asked, 'bind_receiver'), send(submitPdu(asked, 2)), answer(2, ['ESME_RINVBNDSTS'])],
  },
  {
    name: 'unknown-command',
    does: 'Sends a command_id that nobody knows.',
    sound: 'Answers generic_nack with ESME_RINVCMDID; the session goes on.',
    end: 'open',
    log: 'smpp_command_unknown',
    plan: (asked) => [
      ...bound(asked),
      send(frame(UNKNOWN_COMMAND, 'whatever', { sequence: 2 })),
      answer(2, ['ESME_RINVCMDID']),
    ],
  },
  {
    name: 'response-without-request',
    does: 'Answers requests that were never made: deliver_sm_resp, enquire_link_resp, unbind_resp, submit_sm_resp.',
    sound: 'Passes over them, and answers none.',
    end: 'open',
    plan: (asked) => [
      ...bound(asked),
      send(pdu('deliver_sm_resp', {}, { sequence: 4711 })),
      send(pdu('enquire_link_resp', {}, { sequence: 4712 })),
      send(pdu('unbind_resp', {}, { sequence: 4713 })),
      send(pdu('submit_sm_resp', { message_id: 'mine' }, { sequence: 4714 })),
    ],
  },
  {
    name: 'generic-nack-without-request',
    does: 'Sends generic_nack for something that never was.',
    sound: 'Passes over it.',
    end: 'open',
    plan: (asked) => [...bound(asked), send(pdu('generic_nack', {}, { sequence: 4711, status: 3 }))],
  },
  {
    name: 'deliver-sm-from-an-application',
    does: 'Sends deliver_sm, which only a carrier may.',
    sound: 'Refuses it; the session goes on.',
    end: 'open',
    plan: (asked) => [
      ...bound(asked),
      send(pdu('deliver_sm', { source_addr: asked.to, destination_addr: asked.from }, { sequence: 2 })),
      answer(2, 'refused'),
    ],
  },
  {
    name: 'same-sequence-number',
    does: 'Gives three messages the same sequence_number.',
    sound: 'Answers each of them, with the same number.',
    end: 'open',
    plan: (asked) => [
      ...bound(asked),
      ...upTo(3).map(() => send(submitPdu(asked, 2))),
      { step: 'hear', name: 'submit_sm_resp', times: 3 },
    ],
  },
  {
    name: 'sequence-number-out-of-range',
    does: 'Takes 0 and 0xFFFFFFFF as sequence_numbers.',
    sound: 'Answers each with its number, or refuses it.',
    end: 'open',
    plan: (asked) => [
      ...bound(asked),
      send(submitPdu(asked, 0)),
      answer(0, 'any'),
      send(submitPdu(asked, 0xffff_ffff)),
      answer(0xffff_ffff, 'any'),
    ],
  },
  {
    name: 'status-in-a-request',
    does: 'Submits a message with a command_status, which requests do not have.',
    sound: 'Passes over the command_status, or refuses the message.',
    end: 'open',
    plan: (asked) => [...bound(asked), send(submitPdu(asked, 2, {}, { status: 0x58 })), answer(2, 'any')],
  },
  {
    name: 'unbinds-without-waiting',
    does: 'Submits messages, says unbind and leaves without waiting for any answer.',
    sound: 'Ends the session; what was accepted is sent all the same.',
    end: 'gone',
    plan: (asked) => [
      ...bound(asked),
      ...upTo(5).map((number) => send(submitPdu(asked, number + 1))),
      send(pdu('unbind', {}, { sequence: 99 })),
      { step: 'cut' },
    ],
  },
  {
    name: 'submits-after-unbind',
    does: 'Goes on submitting after its unbind.',
    sound: 'Answers the unbind and closes; what comes behind it is not accepted.',
    end: 'closed',
    plan: (asked) => [
      ...bound(asked),
      send(Buffer.concat([pdu('unbind', {}, { sequence: 2 }), submitPdu(asked, 3), submitPdu(asked, 4)])),
      answer(2, 'accepted'),
    ],
  },
  {
    name: 'never-answers-enquire-link',
    does: 'Binds and never answers enquire_link.',
    sound: 'Closes the connection when the answer is overdue.',
    end: 'closed',
    log: 'smpp_peer_silent',
    plan: (asked) => [...bound(asked), manner({ enquireLink: 'ignore' })],
  },
  {
    name: 'floods-enquire-link',
    does: 'Asks with enquire_link thousands of times without waiting.',
    sound: 'Answers them, or closes the connection; others do not notice.',
    end: 'either',
    plan: (asked) => [
      ...bound(asked),
      send(Buffer.concat(upTo(asked.count * FLOOD).map((at) => pdu('enquire_link', {}, { sequence: FIRST + at })))),
      { step: 'hear', name: 'enquire_link_resp', times: asked.count * FLOOD, mayLeave: true },
    ],
  },
  {
    name: 'answers-with-another-sequence-number',
    does: 'Answers enquire_link with a sequence_number that was never used.',
    sound: 'Closes it as silent, or takes any answer as a sign of life.',
    end: 'either',
    plan: (asked) => [
      ...bound(asked),
      manner({ enquireLink: 'another sequence' }),
      { step: 'hear', name: 'enquire_link', times: 2, mayLeave: true },
    ],
  },
  ...(
    [
      [
        'never-answers-deliver-sm',
        'ignore',
        'Never answers deliver_sm.',
        'Keeps the receipts and tells them again, to another bind or later.',
      ],
      [
        'answers-deliver-sm-late',
        'late',
        'Answers deliver_sm long after the time for it (40 minutes with --late 2400).',
        'Takes the late answer for nothing, and tells the receipt again meanwhile.',
      ],
      [
        'refuses-deliver-sm',
        'refuse',
        'Answers every deliver_sm with ESME_RX_T_APPN.',
        'Tells it again later, not at once and for ever.',
      ],
      [
        'nacks-deliver-sm',
        'nack',
        'Answers every deliver_sm with generic_nack.',
        'Takes that as a refusal, and tells it again later.',
      ],
      ['answers-deliver-sm-twice', 'twice', 'Answers every deliver_sm twice.', 'Passes over the second answer.'],
    ] as const
  ).map(
    ([name, deliver, does, sound]): Misbehaviour => ({
      name,
      does,
      sound,
      end: 'either',
      plan: (asked) => [
        ...bound(asked),
        manner({ deliver }),
        send(submitPdu(asked, 2, { registered_delivery: WANTS_RECEIPT })),
        answer(2, 'accepted'),
        { step: 'hear', name: 'deliver_sm', times: 1, mayLeave: true },
        ...(deliver === 'late' ? [{ step: 'be late' } as const] : []),
      ],
    }),
  ),
  {
    name: 'never-reads',
    does: 'Sends enquire_link without end and never reads an answer.',
    sound: 'Closes the connection, or stops reading from it; its memory does not grow.',
    end: 'closed',
    log: 'smpp_flood',
    plan: (asked) => [
      ...bound(asked),
      { step: 'deafen' },
      { step: 'flood', bytes: pdu('enquire_link', {}, { sequence: 2 }) },
    ],
  },
  {
    name: 'overruns-the-window',
    does: 'Submits many messages at once and waits for no answer.',
    sound: 'Answers all of them: accepted, or refused with a status that says to slow down.',
    end: 'open',
    plan: (asked) => [
      ...bound(asked),
      send(Buffer.concat(upTo(asked.count * FLOOD).map((at) => submitPdu(asked, FIRST + at)))),
      { step: 'hear', name: 'submit_sm_resp', times: asked.count * FLOOD },
    ],
  },
  {
    name: 'ignores-throttling',
    does: 'Goes on at full speed when it is told ESME_RTHROTTLED or ESME_RMSGQFUL.',
    sound: 'Answers every message, as often as it takes; those of others are accepted meanwhile.',
    end: 'open',
    plan: (asked) => [
      ...bound(asked),
      ...upTo(5).flatMap((burst): Step[] => [
        send(Buffer.concat(upTo(asked.count * BURST).map((at) => submitPdu(asked, burst * FIRST_OF_BURST + at)))),
        { step: 'hear', name: 'submit_sm_resp', times: 1 + (burst - 1) * asked.count * BURST },
      ]),
      { step: 'hear', name: 'submit_sm_resp', times: 5 * asked.count * BURST },
    ],
  },
];
