import { type CommandName, commands } from '../../../wire/smpp/commands.ts';
import { bind } from './bind.ts';
import { cancelSm } from './cancel-sm.ts';
import { dataSm } from './data-sm.ts';
import type { Handler } from './handler.ts';
import { deliverSmResp, genericNack } from './notice-answers.ts';
import { querySm } from './query-sm.ts';
import { replaceSm } from './replace-sm.ts';
import { enquireLink, unbind } from './session-control.ts';
import { submitMulti } from './submit-multi.ts';
import { submitSm } from './submit-sm.ts';

/** Which handler takes which PDU. A response that may come and has none is heard, and nothing follows from it; a request is refused. */
const handlers: Partial<Record<CommandName, Handler>> = {
  bind_transmitter: bind,
  bind_receiver: bind,
  bind_transceiver: bind,
  unbind,
  enquire_link: enquireLink,
  submit_sm: submitSm,
  submit_multi: submitMulti,
  data_sm: dataSm,
  query_sm: querySm,
  cancel_sm: cancelSm,
  replace_sm: replaceSm,
  deliver_sm_resp: deliverSmResp,
  generic_nack: genericNack,
};

const byCommand = new Map<number, Handler>(
  Object.entries(handlers).map(([name, handler]) => [commands[name as CommandName], handler]),
);

export const handlerOf = (command: number): Handler | undefined => byCommand.get(command);
