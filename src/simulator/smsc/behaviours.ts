import type { Behaviour, Row } from './behaviour.ts';
import type { Conduct, InboundPlan } from './conduct.ts';
import { receiptRows } from './receipt-behaviours.ts';

const MINUTE_MS = 60_000;
const LONG_TEXT = 'A message from a handset that is longer than one SMS holds. '.repeat(5);

const inbound = (about: Partial<InboundPlan> = {}): Conduct => ({
  inbound: [{ from: '12025550143', to: '10666', text: 'STOP', everyMs: 1000, times: 5, ...about }],
});
const inParts = (parts: NonNullable<InboundPlan['parts']>): Conduct => inbound({ text: LONG_TEXT, parts });

const bindRows: readonly Row[] = [
  ['sound', 'Does everything as it should.', 'Sends, and takes the receipts.', {}],
  ['version-3.3', 'Speaks SMPP 3.3: no TLVs in its answers.', 'Goes on without TLVs.', { bind: { version: '3.3' } }],
  [
    'version-5.0',
    'Speaks SMPP 5.0, and says how congested it is.',
    'Goes on.',
    { bind: { version: '5.0' }, answer: { congestion: 10 } },
  ],
  [
    'refuses-binds',
    'Refuses every bind.',
    'Tries again, with growing delays.',
    { bind: { status: 'ESME_RBINDFAIL' } },
    [],
  ],
  [
    'never-answers-binds',
    'Never answers a bind.',
    'Gives up after a while and tries again.',
    { bind: { answers: false } },
    [],
  ],
  ['slow-binds', 'Answers a bind after three seconds.', 'Waits.', { bind: { delayMs: 3000 } }],
  [
    'speaks-http',
    'Answers like a web server.',
    'Ends the connection and tries again.',
    { bind: { greeting: 'http' } },
    [],
  ],
  [
    'speaks-tls',
    'Speaks TLS where none is wanted.',
    'Ends the connection and tries again.',
    { bind: { greeting: 'tls' } },
    [],
  ],
  ['speaks-amqp', 'Speaks AMQP.', 'Ends the connection and tries again.', { bind: { greeting: 'amqp' } }, []],
  [
    'speaks-garbage',
    'Sends random octets.',
    'Ends the connection and tries again.',
    { bind: { greeting: 'garbage' } },
    [],
  ],
];

const answerRows: readonly Row[] = [
  ['slow-answers', 'Answers each submit_sm after two seconds.', 'Keeps to its window.', { answer: { delayMs: 2000 } }],
  [
    'late-answers',
    'Answers each submit_sm after 40 minutes.',
    'Takes the message for in doubt; the late answer changes nothing.',
    { answer: { delayMs: 40 * MINUTE_MS } },
    ['lost'],
  ],
  ['shuffled-answers', 'Answers out of order.', 'Matches answers by sequence_number.', { answer: { jitterMs: 500 } }],
  [
    'never-answers',
    'Never answers a submit_sm.',
    'Takes the messages for in doubt, and goes on when the time for an answer is over.',
    { answer: { form: 'none' } },
    ['lost'],
  ],
  ['answers-twice', 'Answers each submit_sm twice.', 'Passes over the second answer.', { answer: { form: 'twice' } }],
  [
    'answers-something-else',
    'Answers with a sequence_number that was never used.',
    'Passes over it; the message is in doubt.',
    { answer: { form: 'another sequence' } },
    ['lost'],
  ],
  [
    'nacks',
    'Answers each submit_sm with generic_nack.',
    'Takes that as a refusal.',
    { answer: { form: 'generic_nack', status: 'ESME_RINVCMDID' } },
    ['refused'],
  ],
  [
    'empty-ids',
    'Answers with an empty message_id.',
    'Takes the message for in doubt: its receipt could not be matched by id.',
    { answer: { form: 'empty id' } },
    ['lost'],
  ],
  ['no-bodies', 'Answers without a body.', 'Likewise.', { answer: { form: 'no body' } }, ['lost']],
  [
    'ids-without-end',
    'Answers with a message_id that has no NUL.',
    'Takes the message for in doubt.',
    { answer: { form: 'id without end' } },
    ['lost'],
  ],
  [
    'answers-too-long',
    'Sends answers with a command_length that swallows what follows.',
    'Loses nothing: what is not answered is in doubt.',
    { answer: { form: 'too long' } },
    ['sent', 'lost'],
  ],
  [
    'answers-too-short',
    'Sends answers with a command_length that ends within the message_id.',
    'Loses nothing: what is not answered is in doubt.',
    { answer: { form: 'too short' } },
    ['lost'],
  ],
  [
    'answers-of-4-gib',
    'Announces an answer of 4 GiB.',
    'Ends the connection, and takes no memory for it.',
    { answer: { form: 'of 4 GiB' } },
    ['lost'],
  ],
  [
    'one-byte-a-second',
    'Sends its answers one octet a second.',
    'Reads them, or takes the messages for in doubt.',
    { answer: { form: 'octet by octet' } },
    ['lost'],
  ],
  [
    'refuses',
    'Refuses every message for good.',
    'Reports each as failed.',
    { answer: { status: 'ESME_RSUBMITFAIL' } },
    ['refused'],
  ],
  [
    'errs',
    'Refuses a tenth with ESME_RSYSERR, a twentieth with ESME_RX_T_APPN, a fiftieth with ESME_RINVDSTADR.',
    'Tries again what may be tried again.',
    {
      answer: {
        chances: [
          { status: 'ESME_RSYSERR', share: 0.1 },
          { status: 'ESME_RX_T_APPN', share: 0.05 },
          { status: 'ESME_RINVDSTADR', share: 0.02 },
        ],
      },
    },
    ['sent', 'refused'],
  ],
  [
    'throttles',
    'Takes 20 messages a second and answers the others ESME_RTHROTTLED.',
    'Slows down within one window, and loses none.',
    { rate: { perSecond: 20, status: 'ESME_RTHROTTLED' } },
    ['sent', 'refused'],
  ],
  [
    'queue-full',
    'Takes 20 messages a second and answers the others ESME_RMSGQFUL.',
    'Slows down within one window, and loses none.',
    { rate: { perSecond: 20, status: 'ESME_RMSGQFUL' } },
    ['sent', 'refused'],
  ],
  [
    'throttles-half',
    'Answers every second message ESME_RTHROTTLED.',
    'Slows down, and sends each again until it is taken.',
    { answer: { every: 2, status: 'ESME_RTHROTTLED' } },
    ['sent', 'refused'],
  ],
  [
    'half-rate',
    'Takes 50 messages a second, and half of that after five seconds.',
    'Finds the new rate, and loses none.',
    { rate: { perSecond: 50, halvesAfterMs: 5000, status: 'ESME_RTHROTTLED' } },
    ['sent', 'refused'],
  ],
  [
    'congested',
    'Says in every answer that it is nearly congested.',
    'Slows down.',
    { bind: { version: '5.0' }, answer: { congestion: 95 } },
  ],
];

const linkRows: readonly Row[] = [
  [
    'drops',
    'Resets the connection at every tenth submit_sm, before its answer.',
    'Takes what was not answered for in doubt and comes back.',
    { link: { dropAfter: 10, drop: 'reset' } },
    ['sent', 'lost'],
  ],
  [
    'closes-without-unbind',
    'Closes the connection at every tenth submit_sm.',
    'Takes what was not answered for in doubt and comes back.',
    { link: { dropAfter: 10, drop: 'close' } },
    ['sent', 'lost'],
  ],
  [
    'unbinds',
    'Says unbind at every tenth submit_sm.',
    'Answers, and comes back.',
    { link: { dropAfter: 10, drop: 'unbind' } },
    ['sent'],
  ],
  [
    'never-answers-enquire-link',
    'Never answers enquire_link.',
    'Takes the connection for dead, and makes another.',
    { link: { enquireLink: 'ignores' } },
    ['sent'],
  ],
  [
    'floods-enquire-link',
    'Asks a hundred times with enquire_link with every submit_sm.',
    'Answers.',
    { link: { enquireLink: 'floods' } },
  ],
  [
    'says-what-nobody-knows',
    'Sends PDUs with an unknown command_id.',
    'Answers generic_nack and goes on.',
    { link: { says: 'unknown PDU' } },
  ],
  ['nacks-nothing', 'Sends generic_nack for what never was.', 'Passes over it.', { link: { says: 'generic_nack' } }],
  [
    'answers-nothing',
    'Sends submit_sm_resp for what never was.',
    'Passes over it, and says so in the log.',
    { link: { says: 'strange answer' } },
  ],
  ['alerts', 'Sends alert_notification.', 'Passes over it.', { link: { says: 'alert_notification' } }],
];

const inboundRows: readonly Row[] = [
  ['inbound', 'Hands in a short message every second, five times.', 'Answers each when it has it.', inbound()],
  ['inbound-in-parts', 'Hands in long messages in parts.', 'Puts them together.', inParts('in order')],
  ['parts-out-of-order', 'Hands the last part in first.', 'Puts them together.', inParts('out of order')],
  ['duplicate-parts', 'Hands every part in twice.', 'Counts each once.', inParts('duplicate')],
  [
    'overlapping-parts',
    'Hands in two messages at once under one reference.',
    'Mixes them up as little as can be, and keeps every part.',
    inParts('overlapping'),
  ],
  ['missing-parts', 'Leaves out the last part.', 'Gives up after a while, and says so.', inParts('missing')],
  [
    'contradictory-parts',
    'Changes the total within a message.',
    'Does not put together what does not belong together.',
    inParts('contradictory'),
  ],
];

const rows = [...bindRows, ...answerRows, ...receiptRows, ...linkRows, ...inboundRows];

/** Every kind of carrier that the simulator can be. */
export const behaviours: readonly Behaviour[] = rows.map(([name, does, sound, conduct, fates = ['sent']]) => ({
  name,
  does,
  sound,
  conduct,
  fates,
}));

export const behaviourOf = (name: string): Behaviour | undefined => behaviours.find((row) => row.name === name);
