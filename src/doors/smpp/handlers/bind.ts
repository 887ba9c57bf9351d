import { type Fault, fault, faults } from '../../../base/fault.ts';
import { commandName } from '../../../wire/smpp/commands.ts';
import { decode, isDecodeFault } from '../../../wire/smpp/decode.ts';
import { commandId } from '../../../wire/smpp/header.ts';
import type { BindName } from '../../../wire/smpp/session-rules.ts';
import { VERSION_3_3, VERSION_3_4, type Version, versionOf } from '../../../wire/smpp/version.ts';
import type { Application } from '../application.ts';
import { failed } from '../ask.ts';
import type { Session } from '../session.ts';
import type { Handler } from './handler.ts';

interface Bind {
  readonly name: BindName;
  readonly sequence: number;
  readonly systemId: string;
  readonly password: string;
  readonly version: Version;
}

const modes = {
  bind_transmitter: 'transmitter',
  bind_receiver: 'receiver',
  bind_transceiver: 'transceiver',
} as const;

/** bind_transmitter, bind_receiver, bind_transceiver (SMPP 3.4 §4.1). Nothing is read until the bind is answered. */
export const bind: Handler = (session, bytes, at, length, sequence) => {
  const pdu = decode(bytes, at, length);
  const name = commandName(commandId(bytes, at)) as BindName;
  if (isDecodeFault(pdu)) return session.refuseBind(name, sequence, pdu.status, 'unreadable');
  if (!('interface_version' in pdu.fields)) return;
  const { system_id: systemId, password, interface_version: said } = pdu.fields;
  session.beginBind();
  const wanted = { name, sequence, systemId, password, version: versionOfBind(name, said) };
  void answer(session, wanted).catch((error: unknown) => {
    const { code } = failed(session, error);
    if (session.isBinding) session.refuseBind(name, sequence, faults[code].smpp, code);
  });
};

/** Many say nothing (0) and bind as transceiver all the same, which came with 3.4: they know it. */
const versionOfBind = (name: BindName, said: number): Version =>
  name === 'bind_transceiver' && versionOf(said) === VERSION_3_3 ? VERSION_3_4 : versionOf(said);

/** The password first: only who has it is told of the credential. */
async function answer(session: Session, wanted: Bind): Promise<void> {
  const { name, sequence, systemId, password } = wanted;
  const { access } = session.deps;
  const credential = await access.authenticateBind(systemId, password, session.connection.remoteAddress);
  if (!session.isBinding) return;
  if ('code' in credential) return session.refuseBind(name, sequence, faults[credential.code].smpp, credential.code);
  const application = session.host.application(credential);
  const refusal = (await turn(session, application)) ?? refusalNow(session, application, name);
  if (!session.isBinding) return;
  if (refusal) return refused(session, application, wanted, refusal);
  const { remoteAddress } = session.connection;
  session.deps.uses.bound(credential, remoteAddress, modes[name], (why) => {
    if (!session.isBinding) return;
    // While it was put on record, another may have taken the last place.
    const late = why ?? refusalNow(session, application, name);
    if (late) refused(session, application, wanted, late);
    else session.bind(name, sequence, application, wanted.version);
  });
}

/** Who has the password is told why, and that is put on record. */
function refused(session: Session, { credential }: Application, { name, sequence }: Bind, { code }: Fault): void {
  const address = session.connection.remoteAddress;
  session.deps.uses.refused({ door: 'smpp', credentialId: credential.id, address, code });
  session.refuseBind(name, sequence, faults[code].smpp, code);
}

/** Who binds for every message waits for its turn, or is refused. */
async function turn(session: Session, application: Application) {
  const { clock } = session.deps;
  const given = application.bindTurn(clock.elapsed());
  if ('code' in given) return given;
  if (given.isNew) session.fault('smpp_bind_churn', { credential: application.credential.id });
  if (given.waitMs > 0) await clock.sleep(given.waitMs);
  return null;
}

/** Asked in the turn in which it binds: nothing can come between. */
function refusalNow({ connection, deps }: Session, application: Application, name: BindName) {
  if (application.credential.revokedAtMs !== null) return fault('credential_invalid');
  const { certificate } = application.rules;
  return application.bindRefusal({
    mode: modes[name],
    isTls: connection.isTls,
    certificate: certificate === null ? null : connection.peerCertificate(deps.clientCa !== null),
  });
}
