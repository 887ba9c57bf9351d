import { createHash, X509Certificate } from 'node:crypto';
import { isIP } from 'node:net';
import { type ConnectionOptions, checkServerIdentity, type PeerCertificate } from 'node:tls';
import { type PairFiles, readCertificates, readPair, readRevocations } from './key-files.ts';

export interface ClientTlsOptions {
  /** The name or address the other side's certificate must be for. */
  readonly servername: string;
  /** The authorities to trust instead of the public ones: PEM, or a file of it. */
  readonly ca?: string;
  readonly caFile?: string;
  /** Revocation lists, a file of PEM: with them every certificate of the chain must have one of its authority. */
  readonly crlFile?: string;
  /** The public key the other side must have besides: SHA-256 of its SubjectPublicKeyInfo, base64 (as in RFC 7469 §2.4). */
  readonly pin?: string;
  /** Takes TLS 1.2 too, where the other side has no more. Otherwise it is TLS 1.3. */
  readonly allowsTls12?: boolean;
  /** Our own certificate, where the other side asks for one. */
  readonly certificate?: PairFiles;
}

/**
 * TLS 1.3, and of 1.2 what keeps past sessions secret and authenticates each record. Level 2 of OpenSSL refuses, anywhere in
 * the chain, keys under 112 bits of strength (RSA under 2048 bits) and signatures with SHA-1.
 */
const STRONG = [
  'TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256:TLS_AES_128_GCM_SHA256',
  'ECDHE+AESGCM:ECDHE+CHACHA20:DHE+AESGCM:DHE+CHACHA20:!aNULL:@SECLEVEL=2',
].join(':');

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
  const { servername, ca, caFile, crlFile, pin, certificate } = options;
  const authorities = ca ?? (caFile === undefined ? undefined : readCertificates(caFile));
  return {
    // RFC 6066 §3 knows names only: to an address no name is sent, and its certificate is checked all the same.
    ...(isIP(servername) === 0 && { servername }),
    ...(authorities !== undefined && { ca: authorities }),
    ...(crlFile !== undefined && { crl: readRevocations(crlFile) }),
    ...(certificate !== undefined && ownCertificate(certificate)),
    ciphers: STRONG,
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
