import { type CommandName, commands } from '../../wire/smpp/commands.ts';
import { statuses } from '../../wire/smpp/statuses.ts';

/** SMPP 3.4 §2.2: where a session stands. */
export type SessionState = 'open' | 'binding' | 'bound_tx' | 'bound_rx' | 'bound_trx' | 'unbound';

const BOUND: readonly SessionState[] = ['bound_tx', 'bound_rx', 'bound_trx'];
const ANY: readonly SessionState[] = ['open', ...BOUND];

/** Which PDUs an application may send in which state (SMPP 3.4 §2.3, table 2-1). What is not here it may not send at all. */
const rules: Partial<Record<CommandName, readonly SessionState[]>> = {
  bind_transmitter: ['open'],
  bind_receiver: ['open'],
  bind_transceiver: ['open'],
  unbind: BOUND,
  unbind_resp: ANY,
  submit_sm: ['bound_tx', 'bound_trx'],
  deliver_sm_resp: ['bound_rx', 'bound_trx'],
  enquire_link: ANY,
  enquire_link_resp: ANY,
  generic_nack: ANY,
};

const allowed = new Map<number, readonly SessionState[]>(
  Object.entries(rules).map(([name, states]) => [commands[name as CommandName], states]),
);

/** Whether a session in this state may send this PDU; null where no application may send it ever. */
export function maySend(state: SessionState, command: number): boolean | null {
  return allowed.get(command)?.includes(state) ?? null;
}

/** What is answered to a PDU that may not be sent now (false) or ever (null). */
export function refusalStatus(name: CommandName | null, isAllowed: false | null): number {
  if (isAllowed === null) return statuses.ESME_RINVCMDID.value;
  return (name !== null && name in stateAfterBind ? statuses.ESME_RALYBND : statuses.ESME_RINVBNDSTS).value;
}

/** The state that a bind leads to. */
export const stateAfterBind = {
  bind_transmitter: 'bound_tx',
  bind_receiver: 'bound_rx',
  bind_transceiver: 'bound_trx',
} as const satisfies Partial<Record<CommandName, SessionState>>;

export type BindName = keyof typeof stateAfterBind;

export const receives = (state: SessionState): boolean => state === 'bound_rx' || state === 'bound_trx';
