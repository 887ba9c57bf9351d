import type { webcrypto } from 'node:crypto';
import { type Clock, DAY_MS, HOUR_MS } from '../../base/clock.ts';
import type { Entropy } from '../../base/entropy.ts';
import { NAME_CONSTRAINTS_OID, nameConstraints } from './name-constraints.ts';

/** ECDSA on P-256: what every client takes, old ones and those in FIPS mode too. */
const KEY_ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256' };
const SIGNATURE_ALGORITHM = { name: 'ECDSA', hash: 'SHA-256' };

const AUTHORITY_DAYS = 5 * 365;
const SERVER_DAYS = 90;
/** Clients whose clock is behind take a new certificate all the same. */
const BACKDATED_MS = HOUR_MS;
const SERIAL_BYTES = 16;

/** A certificate and its private key, both as PEM. */
export interface KeyPair {
  readonly cert: string;
  readonly key: string;
}

/** What issuing needs besides names. */
export interface IssueContext {
  readonly clock: Clock;
  readonly entropy: Entropy;
}

/** The organisation in the subject of an authority; its common name is the host name it was made for. */
export const AUTHORITY_ORGANISATION = 'Sallyport local authority';

/** Loaded when it is needed, which is once in two months: it takes 125 ms, and wants its polyfill first. */
async function x509() {
  await import('reflect-metadata');
  return import('@peculiar/x509');
}

const newKeys = (): Promise<webcrypto.CryptoKeyPair> =>
  crypto.subtle.generateKey(KEY_ALGORITHM, true, ['sign', 'verify']);

async function keyText(key: webcrypto.CryptoKey): Promise<string> {
  const base64 = Buffer.from(await crypto.subtle.exportKey('pkcs8', key)).toString('base64');
  return `-----BEGIN PRIVATE KEY-----\n${base64.replaceAll(/.{64}(?=.)/g, '$&\n')}\n-----END PRIVATE KEY-----\n`;
}

/** A positive number of 127 random bits (RFC 5280 §4.1.2.2). */
function serialNumber(entropy: Entropy): string {
  const bytes = entropy.fill(Buffer.alloc(SERIAL_BYTES));
  bytes[0] = (bytes[0]! & 0x7f) | 0x40;
  return bytes.toString('hex');
}

/** Makes an authority that can vouch for this host name, `localhost` and the loopback addresses, and for nothing else. */
export async function makeAuthority(hostName: string, { clock, entropy }: IssueContext): Promise<KeyPair> {
  const lib = await x509();
  const keys = await newKeys();
  const permitted = nameConstraints([...new Set(['localhost', hostName])]);
  const certificate = await lib.X509CertificateGenerator.createSelfSigned({
    serialNumber: serialNumber(entropy),
    name: [{ O: [AUTHORITY_ORGANISATION] }, { CN: [hostName] }],
    notBefore: new Date(clock.now() - BACKDATED_MS),
    notAfter: new Date(clock.now() + AUTHORITY_DAYS * DAY_MS),
    keys,
    signingAlgorithm: SIGNATURE_ALGORITHM,
    extensions: [
      new lib.BasicConstraintsExtension(true, 0, true),
      new lib.KeyUsagesExtension(lib.KeyUsageFlags.keyCertSign | lib.KeyUsageFlags.cRLSign, true),
      new lib.Extension(NAME_CONSTRAINTS_OID, true, permitted),
      await lib.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  return { cert: `${certificate.toString('pem')}\n`, key: await keyText(keys.privateKey) };
}

/** Makes a server certificate for the names an authority may vouch for. It does not outlive the authority. */
export async function issueServer(
  authority: KeyPair,
  hostName: string,
  { clock, entropy }: IssueContext,
): Promise<KeyPair> {
  const lib = await x509();
  const issuer = new lib.X509Certificate(authority.cert);
  const keys = await newKeys();
  const notAfterMs = Math.min(clock.now() + SERVER_DAYS * DAY_MS, issuer.notAfter.getTime());
  const certificate = await lib.X509CertificateGenerator.create({
    serialNumber: serialNumber(entropy),
    subject: [{ CN: ['Sallyport gateway'] }],
    issuer: issuer.subjectName,
    notBefore: new Date(clock.now() - BACKDATED_MS),
    notAfter: new Date(notAfterMs),
    publicKey: keys.publicKey,
    signingKey: await signingKey(authority.key),
    signingAlgorithm: SIGNATURE_ALGORITHM,
    extensions: [
      new lib.BasicConstraintsExtension(false, undefined, true),
      new lib.KeyUsagesExtension(lib.KeyUsageFlags.digitalSignature, true),
      new lib.ExtendedKeyUsageExtension([lib.ExtendedKeyUsage.serverAuth]),
      new lib.SubjectAlternativeNameExtension([
        ...[...new Set(['localhost', hostName])].map((value) => ({ type: 'dns' as const, value })),
        { type: 'ip', value: '127.0.0.1' },
        { type: 'ip', value: '::1' },
      ]),
      await lib.SubjectKeyIdentifierExtension.create(keys.publicKey),
      await lib.AuthorityKeyIdentifierExtension.create(issuer.publicKey),
    ],
  });
  return { cert: `${certificate.toString('pem')}\n`, key: await keyText(keys.privateKey) };
}

function signingKey(pem: string): Promise<webcrypto.CryptoKey> {
  const der = Buffer.from(pem.replaceAll(/-----[^-]+-----|\s/g, ''), 'base64');
  return crypto.subtle.importKey('pkcs8', der, KEY_ALGORITHM, false, ['sign']);
}
