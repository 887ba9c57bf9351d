import type { Credential, Uses } from '../../access/index.ts';
import type { Clock } from '../../base/clock.ts';
import type { Fault } from '../../base/fault.ts';
import type { IdSource } from '../../base/id.ts';
import type { Log } from '../../base/log.ts';
import type { Messages, OwnMessages } from '../../messages/index.ts';

/** Whom this door asks who is binding. */
export interface SmppAccess {
  authenticateBind(systemId: string, password: string, address: string): Promise<Credential | Fault>;
  /** Calls `listener` with each credential that is revoked. */
  onRevoked(listener: (credential: Credential) => void): () => void;
  /** Calls `listener` with the source of each ban, as `sourceOf` has it, and how long it is. */
  onBanned(listener: (source: string, durationMs: number) => void): () => void;
}

export interface SmppLimits {
  readonly maxConnections: number;
  /** Of one IPv4 address, or one /64 of IPv6. */
  readonly connectionsPerAddress: number;
  readonly unboundPerAddress: number;
  readonly window: number;
  readonly maxPduBytes: number;
  readonly bindSeconds: number;
  readonly pduSeconds: number;
  readonly enquireLinkSeconds: number;
  /** 0: never. */
  readonly inactivitySeconds: number;
  readonly responseSeconds: number;
}

export interface SmppDoorDeps {
  readonly messages: Pick<Messages, 'submit'>;
  readonly own: OwnMessages;
  readonly ids: IdSource;
  /** How full the gateway is, from 0 to 1: applications that speak SMPP 5.0 are told. */
  readonly fullness: () => number;
  readonly access: SmppAccess;
  /** Where binds are put on record, those that are refused by the rules of a credential too. */
  readonly uses: Pick<Uses, 'bound' | 'refused'>;
  readonly clock: Clock;
  readonly log: Log;
  readonly limits: SmppLimits;
  /** The authority of client certificates (PEM); null where only their keys count. */
  readonly clientCa: string | null;
  /** An application is ready for what it is owed. */
  readonly receiverBound: (credentialId: number) => void;
}
