import type { Kind } from './kinds.ts';

/** Where the audit log is exported to, and how. */
export interface ExportAddress {
  /** As it was written. */
  readonly name: string;
  readonly format: 'json' | 'ocsf' | 'cef';
  readonly to:
    | { readonly transport: 'tls'; readonly host: string; readonly port: number }
    | { readonly transport: 'file'; readonly path: string };
}

const ADDRESS = /^(?<format>json|ocsf|cef) (?:tls:\/\/(?<at>[^/?#@]+)|file:(?<path>\S.*))$/;
/** The port of syslog over TLS (RFC 5425 §4.1). */
const SYSLOG_TLS_PORT = 6514;

export const exportAddress: Kind<ExportAddress> = {
  words:
    'a format (json, ocsf, cef) and a place, like json tls://siem.example:6514 or cef file:/var/log/sallyport/audit.cef',
  fromText: (text) => text,
  read(value) {
    const { format, at, path } = (typeof value === 'string' && ADDRESS.exec(value)?.groups) || {};
    const name = String(value);
    if (path !== undefined) return { name, format: format as ExportAddress['format'], to: { transport: 'file', path } };
    const url = at === undefined ? null : URL.parse(`https://${at}`);
    if (!url) return undefined;
    const host = url.hostname.replace(/^\[(.*)\]$/, '$1');
    const port = url.port === '' ? (at!.endsWith(':443') ? 443 : SYSLOG_TLS_PORT) : Number(url.port);
    return { name, format: format as ExportAddress['format'], to: { transport: 'tls', host, port } };
  },
};

/** A witness: where it is asked, and the key of its cosignatures. */
export interface WitnessAddress {
  /** `https://…/add-checkpoint` is asked. */
  readonly url: string;
  /** As `witness keygen` prints it (https://c2sp.org/signed-note, "Verifier keys"). */
  readonly key: string;
}

const WITNESS = /^(?<url>https:\/\/\S+) (?<key>[^ +]+\+[\da-f]{8}\+[\d+/=A-Za-z]+)$/;

export const witnessAddress: Kind<WitnessAddress> = {
  words: 'an address and a key, like https://witness.example/ witness.example+0123abcd+BA…',
  fromText: (text) => text,
  read(value) {
    const { url, key } = (typeof value === 'string' && WITNESS.exec(value)?.groups) || {};
    const parsed = URL.parse(url ?? '');
    const isPlain = parsed && parsed.username === '' && parsed.search === '' && parsed.hash === '';
    return isPlain && key !== undefined ? { url: parsed.href, key } : undefined;
  },
};
