import type { Action } from '../../src/audit/index.ts';
import type { CommandName } from '../../src/wire/smpp/commands.ts';

/** What must be on record when a command of an application is answered: an action, or that a message was accepted. */
export const smppOnRecord: Partial<Readonly<Record<CommandName, Action | 'message'>>> = {
  bind_transmitter: 'credential.used',
  bind_receiver: 'credential.used',
  bind_transceiver: 'credential.used',
  submit_sm: 'message',
  submit_multi: 'message',
  data_sm: 'message',
  query_sm: 'message.read',
  cancel_sm: 'message.cancelled',
  replace_sm: 'message.replaced',
};

const ANSWER = 'Answers a request of ours, or is ours: nothing is asked of the gateway.';
const BROADCAST = 'Refused: the gateway broadcasts to nobody.';

/** Commands that are not on record, and why. What a deliver_sm_resp answers is: that the application was told. */
export const smppNotOnRecord: Partial<Readonly<Record<CommandName, string>>> = {
  generic_nack: 'Refuses what could not be read: nothing was done.',
  unbind: 'Ends a session, whose beginning is on record; applications do it at will, some for each message.',
  enquire_link: 'Asks whether the connection lives.',
  deliver_sm: 'Sent to applications: that it was taken is on record with the deliver_sm_resp.',
  deliver_sm_resp: 'On record as an entry of the message, told_by_smpp: see the journey.',
  outbind: 'Sent by an SMSC, never to one.',
  alert_notification: 'Sent by an SMSC, never to one.',
  broadcast_sm: BROADCAST,
  query_broadcast_sm: BROADCAST,
  cancel_broadcast_sm: BROADCAST,
  bind_receiver_resp: ANSWER,
  bind_transmitter_resp: ANSWER,
  bind_transceiver_resp: ANSWER,
  query_sm_resp: ANSWER,
  submit_sm_resp: ANSWER,
  unbind_resp: ANSWER,
  replace_sm_resp: ANSWER,
  cancel_sm_resp: ANSWER,
  enquire_link_resp: ANSWER,
  submit_multi_resp: ANSWER,
  data_sm_resp: ANSWER,
  broadcast_sm_resp: ANSWER,
  query_broadcast_sm_resp: ANSWER,
  cancel_broadcast_sm_resp: ANSWER,
};
