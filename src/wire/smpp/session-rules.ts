import { type CommandName, commands, isResponse, responseName } from './commands.ts';
import { type StatusName, statuses } from './statuses.ts';

/**
 * Where a session stands, on either side: SMPP 3.4 §2.2, SMPP 5.0 §2.3. `outbound`: the SMSC has connected and sent outbind.
 * `binding`: a bind is not yet answered. `unbound`: one side has sent unbind, and what was asked before is being answered.
 */
export type SessionState = 'open' | 'outbound' | 'binding' | 'bound_tx' | 'bound_rx' | 'bound_trx' | 'unbound';

/** Who sends a PDU: the application side of the session or the message centre side. */
export type Sender = 'esme' | 'smsc';

type States = readonly SessionState[];

const NEVER: States = [];
const BOUND: States = ['bound_tx', 'bound_rx', 'bound_trx'];
const SENDING: States = ['bound_tx', 'bound_trx'];
const RECEIVING: States = ['bound_rx', 'bound_trx'];
/** A link may be asked after at any time, before the bind and after the unbind included: SMPP 5.0 §2.4. */
const ANY: States = ['open', 'outbound', 'binding', ...BOUND, 'unbound'];
const leaving = (states: States): States => [...states, 'unbound'];

/** What an ESME asks and an SMSC answers while the ESME may send. Answers may come after unbind. */
const fromEsme = { request: { esme: SENDING, smsc: NEVER }, response: { esme: NEVER, smsc: leaving(SENDING) } };

/** In which states each side may send each PDU: SMPP 3.4 §2.3 table 2-1, SMPP 5.0 §2.4. */
const rules: Readonly<Record<CommandName, Readonly<Record<Sender, States>>>> = {
  bind_transmitter: { esme: ['open', 'outbound'], smsc: NEVER },
  bind_transmitter_resp: { esme: NEVER, smsc: ['binding'] },
  bind_receiver: { esme: ['open', 'outbound'], smsc: NEVER },
  bind_receiver_resp: { esme: NEVER, smsc: ['binding'] },
  bind_transceiver: { esme: ['open', 'outbound'], smsc: NEVER },
  bind_transceiver_resp: { esme: NEVER, smsc: ['binding'] },
  outbind: { esme: NEVER, smsc: ['open'] },
  unbind: { esme: leaving(BOUND), smsc: leaving(BOUND) }, // both sides may say goodbye at once
  unbind_resp: { esme: ANY, smsc: ANY },
  submit_sm: fromEsme.request,
  submit_sm_resp: fromEsme.response,
  submit_multi: fromEsme.request,
  submit_multi_resp: fromEsme.response,
  data_sm: { esme: SENDING, smsc: RECEIVING },
  data_sm_resp: { esme: leaving(RECEIVING), smsc: leaving(SENDING) },
  deliver_sm: { esme: NEVER, smsc: RECEIVING },
  deliver_sm_resp: { esme: leaving(RECEIVING), smsc: NEVER },
  query_sm: fromEsme.request,
  query_sm_resp: fromEsme.response,
  cancel_sm: fromEsme.request,
  cancel_sm_resp: fromEsme.response,
  replace_sm: fromEsme.request,
  replace_sm_resp: fromEsme.response,
  broadcast_sm: fromEsme.request,
  broadcast_sm_resp: fromEsme.response,
  query_broadcast_sm: fromEsme.request,
  query_broadcast_sm_resp: fromEsme.response,
  cancel_broadcast_sm: fromEsme.request,
  cancel_broadcast_sm_resp: fromEsme.response,
  enquire_link: { esme: ANY, smsc: ANY },
  enquire_link_resp: { esme: ANY, smsc: ANY },
  alert_notification: { esme: NEVER, smsc: RECEIVING },
  generic_nack: { esme: ANY, smsc: ANY },
};

const statesOf = (sender: Sender): Map<number, States> =>
  new Map(Object.entries(rules).map(([name, states]) => [commands[name as CommandName], states[sender]]));
const allowed = { esme: statesOf('esme'), smsc: statesOf('smsc') };

/** Whether this side may send this PDU in this state; null where it may not in any, or nobody knows the PDU. */
export function maySend(state: SessionState, command: number, sender: Sender = 'esme'): boolean | null {
  const states = allowed[sender].get(command);
  return states === undefined || states.length === 0 ? null : states.includes(state);
}

/** The state that a bind leads to. */
export const stateAfterBind = {
  bind_transmitter: 'bound_tx',
  bind_receiver: 'bound_rx',
  bind_transceiver: 'bound_trx',
} as const satisfies Partial<Record<CommandName, SessionState>>;

export type BindName = keyof typeof stateAfterBind;

function refusalName(name: CommandName | null, isAllowed: false | null): StatusName {
  if (isAllowed === null) return 'ESME_RINVCMDID';
  return name !== null && name in stateAfterBind ? 'ESME_RALYBND' : 'ESME_RINVBNDSTS';
}

/** How a PDU out of place is answered: with its own response, or with generic_nack. */
export interface Refusal {
  readonly answer: CommandName;
  readonly status: number;
}

/**
 * The answer to a PDU that may not be sent now (false) or ever (null); null where it has none, because it is a response
 * itself (SMPP 3.4 §4.3) or none is asked for.
 */
export function refusalOf(name: CommandName | null, isAllowed: false | null): Refusal | null {
  if (name !== null && isResponse(commands[name])) return null;
  const status = statuses[refusalName(name, isAllowed)].value;
  if (name === null || isAllowed === null) return { answer: 'generic_nack', status };
  const answer = responseName(name);
  return answer === null ? null : { answer, status };
}

/** Whether an application in this state is sent messages and receipts. */
export const receives = (state: SessionState): boolean => state === 'bound_rx' || state === 'bound_trx';
