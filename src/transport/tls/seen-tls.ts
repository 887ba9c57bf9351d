import { X509Certificate } from 'node:crypto';
import { isIP } from 'node:net';
import type { ConnectionOptions, EphemeralKeyInfo, TLSSocket } from 'node:tls';
import { pinOf } from './client-tls.ts';

/** What a handshake agreed on and what the server showed, for an operator to look at. */
export interface SeenTls {
  readonly protocol: string;
  readonly cipher: string;
  /** How the key was agreed on; null where it is not told. */
  readonly group: string | null;
  /** The names the certificate is for. */
  readonly names: string;
  readonly issuer: string;
  readonly expiresAtMs: number;
  readonly pin: string;
}

export function seenTls(socket: TLSSocket): SeenTls {
  const certificate = new X509Certificate(socket.getPeerCertificate().raw);
  const key = socket.getEphemeralKeyInfo() as EphemeralKeyInfo | null;
  return {
    protocol: socket.getProtocol() ?? 'unknown version',
    cipher: socket.getCipher().standardName,
    group: key?.name ?? null,
    names: certificate.subjectAltName ?? inOneLine(certificate.subject),
    issuer: inOneLine(certificate.issuer),
    expiresAtMs: certificate.validToDate.getTime(),
    pin: pinOf(certificate),
  };
}

const inOneLine = (name: string): string => name.split('\n').join(', ');

/**
 * A handshake that takes any certificate and any version that OpenSSL still has: to look at what a server shows whose
 * certificate was refused. Nothing may be sent over it.
 */
export const unverifiedTls = (servername: string): ConnectionOptions => ({
  ...(isIP(servername) === 0 && { servername }),
  rejectUnauthorized: false,
  minVersion: 'TLSv1',
  ciphers: 'DEFAULT:@SECLEVEL=0',
});
