/**
 * An ESME made of the npm package `smpp`, run as a program. The first order on stdin says where to bind and as whom; each
 * other one is the fields of a submit_sm to send, `{ "unbind": true }`, or another command with its fields.
 */
import smpp, { type Fields, type Pdu, type Request, type Session } from 'smpp';
import { messageFields, onOrder, say } from './npm-smpp-words.ts';

interface Login {
  readonly port: number;
  /** Null for plain SMPP. */
  readonly ca: string | null;
  readonly systemId: string;
  readonly password: string;
}

let session: Session | null = null;

onOrder((order) => {
  if (!session) session = open(order as unknown as Login);
  else if (order.unbind) session.unbind({}, (answer) => say('unbind_resp', { status: answer.command_status }));
  else if (typeof order.command === 'string') asks(session, order.command, order.fields as Fields);
  else session.submit_sm(order, submitted);
});

function open({ port, ca, systemId, password }: Login): Session {
  const trust = ca === null ? {} : { ca, servername: 'localhost' };
  const opened = smpp.connect({ host: '127.0.0.1', port, tls: ca !== null, ...trust }, () =>
    opened.bind_transceiver({ system_id: systemId, password }, (answer) =>
      say('bind_resp', { status: answer.command_status, systemId: answer.system_id }),
    ),
  );
  opened.on('deliver_sm', (pdu: Pdu) => {
    say('deliver_sm', { ...messageFields(pdu), receiptedId: pdu.receipted_message_id, state: pdu.message_state });
    opened.send(pdu.response());
  });
  opened.on('enquire_link', (pdu: Pdu) => opened.send(pdu.response()));
  opened.on('error', (error: Error) => say('error', { words: error.message }));
  opened.on('close', () => {
    say('closed');
    process.exit();
  });
  return opened;
}

/** Any request of the package; its answer is told with all that the package has read. */
function asks(bound: Session, command: string, fields: Fields): void {
  const request = (bound as unknown as Record<string, Request>)[command]!;
  request.call(bound, fields, (answer) => {
    const { command_status: status, message_id: messageId, ...others } = answer;
    say(answer.command, { status, messageId, ...others });
  });
}

function submitted(answer: Pdu): void {
  say('submit_sm_resp', { status: answer.command_status, messageId: answer.message_id });
}
