/**
 * An SMSC made of the npm package `smpp`, run as a program: `npm-smpp-smsc.ts [KEY_FILE CERTIFICATE_FILE]`. It takes every
 * message, and sends a receipt where one is wanted: DELIVRD, or UNDELIV to numbers that end in 9. An order on stdin is the
 * fields of a deliver_sm to send.
 */
import { readFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import smpp, { type Fields, type Pdu, type Session } from 'smpp';
import { messageFields, onOrder, say } from './npm-smpp-words.ts';

const PASSWORD = 'opensesa';
const ESME_RINVPASWD = 0x0e;
const RECEIPT = 0x04;
const DELIVERED = 2;
const UNDELIVERABLE = 5;

const [keyFile, certFile] = process.argv.slice(2);
const identity = keyFile && certFile ? { key: readFileSync(keyFile), cert: readFileSync(certFile) } : {};
let messages = 0;
/** The last that may be sent messages and receipts. */
let receiving: Session | null = null;

const server = smpp.createServer(identity, (session) => {
  session.on('error', (error: Error) => say('error', { words: error.message }));
  for (const kind of ['bind_transceiver', 'bind_transmitter', 'bind_receiver']) {
    session.on(kind, (pdu: Pdu) => {
      say('bind', { systemId: pdu.system_id, kind });
      const isWelcome = pdu.password === PASSWORD;
      if (isWelcome && kind !== 'bind_transmitter') receiving = session;
      session.send(pdu.response(isWelcome ? { system_id: 'npm-smsc' } : { command_status: ESME_RINVPASWD }));
    });
  }
  session.on('submit_sm', (pdu: Pdu) => take(session, pdu));
  session.on('enquire_link', (pdu: Pdu) => session.send(pdu.response()));
  session.on('unbind', (pdu: Pdu) => {
    say('unbind');
    session.send(pdu.response());
    session.close();
  });
});
server.listen(0, '127.0.0.1', () => say('listening', { port: (server.address() as AddressInfo).port }));
onOrder((order) => receiving?.deliver_sm(order, delivered));

function take(session: Session, pdu: Pdu): void {
  const messageId = `npm-${++messages}`;
  say('submit_sm', { ...messageFields(pdu), messageId });
  session.send(pdu.response({ message_id: messageId }));
  if ((pdu.registered_delivery & 1) === 1) receiving?.deliver_sm(receipt(pdu, messageId), delivered);
}

function receipt(pdu: Pdu, messageId: string): Fields {
  const isLost = pdu.destination_addr.endsWith('9');
  const words = isLost ? 'dlvrd:000 submit date:2601011200 done date:2601011201 stat:UNDELIV err:011' : 'stat:DELIVRD';
  return {
    source_addr: pdu.destination_addr,
    destination_addr: pdu.source_addr,
    esm_class: RECEIPT,
    short_message: `id:${messageId} sub:001 ${words} text:`,
    receipted_message_id: messageId,
    message_state: isLost ? UNDELIVERABLE : DELIVERED,
  };
}

function delivered(answer: Pdu): void {
  say('deliver_sm_resp', { status: answer.command_status });
}
