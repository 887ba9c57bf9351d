/** command_id values, SMPP 3.4 §5.1.2.1. A response is its request with bit 31 set. */
export const commands = {
  generic_nack: 0x80000000,
  bind_receiver: 0x00000001,
  bind_receiver_resp: 0x80000001,
  bind_transmitter: 0x00000002,
  bind_transmitter_resp: 0x80000002,
  submit_sm: 0x00000004,
  submit_sm_resp: 0x80000004,
  deliver_sm: 0x00000005,
  deliver_sm_resp: 0x80000005,
  unbind: 0x00000006,
  unbind_resp: 0x80000006,
  bind_transceiver: 0x00000009,
  bind_transceiver_resp: 0x80000009,
  enquire_link: 0x00000015,
  enquire_link_resp: 0x80000015,
} as const;

export type CommandName = keyof typeof commands;

const RESPONSE_BIT = 0x80000000;
const names = new Map<number, CommandName>(Object.entries(commands).map(([name, id]) => [id, name as CommandName]));

/** The name of a command_id, or null where this codec does not know it. */
export const commandName = (id: number): CommandName | null => names.get(id) ?? null;

export const isResponse = (id: number): boolean => id >= RESPONSE_BIT;

/** The command that answers another; null for those that have no answer. */
export const responseName = (name: CommandName): CommandName | null => names.get(commands[name] + RESPONSE_BIT) ?? null;
