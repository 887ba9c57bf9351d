import { createHash, X509Certificate } from 'node:crypto';
import { isIP } from 'node:net';
import { type ConnectionOptions, checkServerIdentity, type PeerCertificate } from 'node:tls';
import { type PairFiles, readCertificates, readPair } from './key-files.ts';

export interface ClientTlsOptions {
  /** The name or address the other side's certificate must be for. */
  readonly servername: string;
  /** The authorities to trust instead of the public ones: PEM, or a file of it. */
  readonly ca?: string;
  readonly caFile?: string;
  /** The public key the other side must have besides: SHA-256 of its SubjectPublicKeyInfo, base64 (as in RFC 7469 §2.4). */
  readonly pin?: string;
  /** Takes TLS 1.2 too, where the other side has no more. Otherwise it is TLS 1.3. */
  readonly allowsTls12?: boolean;
  /** Our own certificate, where the other side asks for one. */
  readonly certificate?: PairFiles;
}

/** The other side has a valid certificate, of another key than the one agreed on. */
export class PinMismatch extends Error {
  override name = 'PinMismatch';
  readonly code = 'PIN_MISMATCH';
}

/**
 * How a TLS connection is made: the certificate of the other side is always verified. Files are read at every call, so a
 * new connection takes up what was replaced. Throws `invalid_setting` where a file cannot be used.
 */
export function clientTls(options: ClientTlsOptions): ConnectionOptions {
  const { servername, ca, caFile, pin, certificate } = options;
  const authorities = ca ?? (caFile === undefined ? undefined : readCertificates(caFile));
  return {
    // RFC 6066 §3 knows names only: to an address no name is sent, and its certificate is checked all the same.
    ...(isIP(servername) === 0 && { servername }),
    ...(authorities !== undefined && { ca: authorities }),
    ...(certificate !== undefined && ownCertificate(certificate)),
    minVersion: options.allowsTls12 ? 'TLSv1.2' : 'TLSv1.3',
    rejectUnauthorized: true,
    checkServerIdentity: (_, peer) =>
      checkServerIdentity(servername, peer) ?? (pin === undefined ? undefined : checkPin(pin, peer)),
  };
}

function ownCertificate(files: PairFiles): Pick<ConnectionOptions, 'cert' | 'key'> {
  const { cert, key } = readPair(files);
  return { cert, key };
}

const checkPin = (pin: string, peer: PeerCertificate): Error | undefined =>
  pinOf(new X509Certificate(peer.raw)) === pin ? undefined : new PinMismatch();

/** The pin of a certificate. */
export const pinOf = (certificate: X509Certificate): string =>
  createHash('sha256')
    .update(certificate.publicKey.export({ type: 'spki', format: 'der' }))
    .digest('base64');
