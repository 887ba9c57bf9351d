import { faults } from '../../../base/fault.ts';
import { commandName } from '../../../wire/smpp/commands.ts';
import { decode, isDecodeFault } from '../../../wire/smpp/decode.ts';
import { commandId } from '../../../wire/smpp/header.ts';
import type { BindName } from '../../../wire/smpp/session-rules.ts';
import type { Session } from '../session.ts';
import type { Handler } from './handler.ts';

interface Login {
  readonly systemId: string;
  readonly password: string;
}

/** bind_transmitter, bind_receiver, bind_transceiver (SMPP 3.4 §4.1). Nothing is read until the password is checked. */
export const bind: Handler = (session, bytes, at, length, sequence) => {
  const pdu = decode(bytes, at, length);
  const name = commandName(commandId(bytes, at)) as BindName;
  if (isDecodeFault(pdu)) return session.refuseBind(name, sequence, pdu.status, 'unreadable');
  if (!('system_id' in pdu.fields) || !('password' in pdu.fields)) return;
  const { system_id: systemId, password } = pdu.fields;
  session.beginBind();
  void authenticate(session, name, sequence, { systemId, password });
};

async function authenticate(session: Session, name: BindName, sequence: number, login: Login): Promise<void> {
  const { remoteAddress } = session.connection;
  const answer = await session.deps.access.authenticateBind(login.systemId, login.password, remoteAddress);
  if (!session.isBinding) return;
  if ('code' in answer) session.refuseBind(name, sequence, faults[answer.code].smpp, answer.code);
  else session.bind(name, sequence, answer);
}
