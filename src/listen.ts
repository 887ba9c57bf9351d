import { hostname } from 'node:os';
import { join } from 'node:path';
import { FaultError } from './base/fault.ts';
import type { Settings } from './config/index.ts';
import type { Listeners } from './doors/api/index.ts';
import type { SmppDoor } from './doors/smpp/index.ts';
import type { GatewayOptions } from './foundation.ts';
import { type PairFiles, type ServerTls, serverTls } from './transport/index.ts';

export interface Ports {
  readonly api: number;
  readonly smppTls: number;
  /** Null where it is switched off. */
  readonly smppPlain: number | null;
}

/** The certificate of the listeners. */
export function openTls({ settings, clock, entropy, log }: GatewayOptions): Promise<ServerTls> {
  const own = { folder: join(settings.dataFolder, 'tls'), hostName: hostname() };
  return serverTls({ ...own, files: ownFiles(settings.tls), clock, entropy, log });
}

interface Doors {
  readonly api: Pick<Listeners, 'listen'>;
  readonly smpp: SmppDoor;
  readonly tls: ServerTls;
  readonly settings: Pick<Settings, 'api' | 'smpp'>;
}

/** Opens the ports of the settings; throws `port_unavailable`. */
export async function listen({ api, smpp, tls, settings }: Doors): Promise<Ports> {
  const { tlsHost: host, tlsPort, plainPort } = settings.smpp;
  return {
    api: await listening('api.port', api.listen({ ...settings.api, tls })),
    smppTls: await listening('smpp.tlsPort', smpp.listenTls({ host, port: tlsPort, tls })),
    smppPlain: plainPort === null ? null : await listening('smpp.plainPort', smpp.listenPlain(plainPort)),
  };
}

/** The operator's own certificate, which needs its key. */
function ownFiles({ certFile, keyFile }: Settings['tls']): PairFiles | null {
  if (certFile === null && keyFile === null) return null;
  if (certFile === null || keyFile === null) {
    throw new FaultError('invalid_setting', {
      detail: 'tls.certFile and tls.keyFile go together: set both or neither.',
    });
  }
  return { certFile, keyFile };
}

/** A port that cannot be had is a matter of settings. */
async function listening(setting: string, port: Promise<number>): Promise<number> {
  try {
    return await port;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== 'EADDRINUSE' && code !== 'EACCES' && code !== 'EADDRNOTAVAIL') throw error;
    const why = {
      EADDRINUSE: 'is in use',
      EACCES: 'may not be opened by this user',
      EADDRNOTAVAIL: 'is not on this machine',
    }[code];
    throw new FaultError('port_unavailable', { detail: `The address of ${setting} ${why}: set another one.` }, error);
  }
}
