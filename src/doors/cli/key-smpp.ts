import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { pinOf } from '../../transport/index.ts';
import { flag, integer, list, text, type Values } from './options.ts';
import { trouble } from './trouble.ts';

const BINDS_MAX = 1000;
const WINDOW_MAX = 10_000;
const RATE_MAX = 100_000;

/** What an SMPP credential may do, as the gateway shows it: every part filled in. */
export interface KeySmpp {
  readonly modes: readonly string[];
  readonly maxBinds: number;
  readonly window: number | null;
  readonly messagesPerSecond: number | null;
  readonly tls: string;
  readonly certificate: string | null;
}

export const smppOptions = {
  'smpp-modes': list('MODE', 'For SMPP: of transmitter, receiver, transceiver; all where it is left out.'),
  'max-binds': integer('N', 'For SMPP: sessions at a time on one node; 10 where it is left out.', 1, BINDS_MAX),
  window: integer(
    'N',
    'For SMPP: requests a session may have unanswered, within what the gateway allows.',
    1,
    WINDOW_MAX,
  ),
  rate: integer('N', 'For SMPP: messages a second, over all sessions on one node; else no limit.', 1, RATE_MAX),
  'require-tls': flag('For SMPP: refuse it on the port without TLS, on this machine too.'),
  'client-certificate': text('FILE', 'For SMPP: the certificate (PEM) whose key the application must show.'),
};

/** What was said of SMPP; undefined where nothing was. */
export function wantedSmpp(values: Values<typeof smppOptions>): Partial<KeySmpp> | undefined {
  const file = values['client-certificate'];
  const said: Partial<KeySmpp> = {
    ...(values['smpp-modes'] && { modes: values['smpp-modes'] }),
    ...(values['max-binds'] && { maxBinds: values['max-binds'] }),
    ...(values.window && { window: values.window }),
    ...(values.rate && { messagesPerSecond: values.rate }),
    ...(values['require-tls'] && { tls: 'required' }),
    ...(file && { certificate: pinOfFile(file) }),
  };
  return Object.keys(said).length === 0 ? undefined : said;
}

function pinOfFile(path: string): string {
  try {
    return pinOf(new X509Certificate(readFileSync(path)));
  } catch (error) {
    const { code = 'unknown error' } = error as NodeJS.ErrnoException;
    throw trouble('file_unreadable', `The client certificate cannot be read (${code}).`);
  }
}

/** One cell of a table: `transceiver; binds 10; window 1000; 50/s; tls; certificate`. */
export function smppText(smpp: KeySmpp | undefined): string {
  if (smpp === undefined) return '-';
  return [
    smpp.modes.join(','),
    `binds ${smpp.maxBinds}`,
    ...(smpp.window === null ? [] : [`window ${smpp.window}`]),
    ...(smpp.messagesPerSecond === null ? [] : [`${smpp.messagesPerSecond}/s`]),
    ...(smpp.tls === 'required' ? ['tls'] : []),
    ...(smpp.certificate === null ? [] : ['certificate']),
  ].join('; ');
}
