import type { X509Certificate } from 'node:crypto';
import type { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import { pinOf } from './client-tls.ts';

export interface ShownCertificate {
  readonly pin: string;
  readonly trouble: string | null;
}

/**
 * The certificate a client showed, or null where it showed none or does not speak TLS. `trouble` says why it does not
 * count whatever its key: it is not valid now, or not from the authority that the listener was given.
 */
export function clientCertificate(socket: Socket, nowMs: number, hasAuthority: boolean): ShownCertificate | null {
  const certificate = socket instanceof TLSSocket ? socket.getPeerX509Certificate() : undefined;
  if (certificate === undefined) return null;
  return { pin: pinOf(certificate), trouble: troubleOf(certificate, socket as TLSSocket, nowMs, hasAuthority) };
}

function troubleOf(certificate: X509Certificate, socket: TLSSocket, nowMs: number, hasAuthority: boolean) {
  if (nowMs < certificate.validFromDate.getTime()) return 'The certificate is not valid yet.';
  if (nowMs > certificate.validToDate.getTime()) return 'The certificate has expired.';
  if (hasAuthority && !socket.authorized) return 'The certificate is not from the authority this gateway trusts.';
  return null;
}
