/** Code of a failed connection or handshake → what it means for who set it up. */
const WORDS: Readonly<Record<string, string>> = {
  ERR_TLS_CERT_ALTNAME_INVALID: 'its certificate is for another name',
  PIN_MISMATCH: 'its certificate has another key than the one that is pinned',
  CERT_HAS_EXPIRED: 'its certificate has expired',
  CERT_NOT_YET_VALID: 'its certificate is not valid yet: is the clock right?',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'its certificate is self-signed and not trusted here',
  SELF_SIGNED_CERT_IN_CHAIN: 'its certificate comes from an authority that is not trusted here',
  UNABLE_TO_GET_ISSUER_CERT: 'its certificate comes from an authority that is not trusted here',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'its certificate comes from an authority that is not trusted here',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE:
    'its certificate comes from an authority that is not known here, or it left out the certificates in between',
  CERT_CHAIN_TOO_LONG: 'its chain of certificates is too long',
  CERT_SIGNATURE_FAILURE: 'its certificate has a wrong signature',
  CERT_REVOKED: 'its certificate was revoked',
  CERT_REJECTED: 'its certificate may not be used for this',
  CERT_UNTRUSTED: 'its certificate may not be used for this',
  INVALID_CA: 'its certificate was issued by one that may not issue any',
  INVALID_PURPOSE: 'its certificate is not for servers',
  PATH_LENGTH_EXCEEDED: 'its certificate was issued by one that may not issue any',
  UNABLE_TO_GET_CRL: 'there is no revocation list of the authority of its certificate',
  CRL_HAS_EXPIRED: 'the revocation list of its authority has expired',
  CRL_NOT_YET_VALID: 'the revocation list of its authority is not valid yet: is the clock right?',
  CRL_SIGNATURE_FAILURE: 'the revocation list of its authority has a wrong signature',
  UNSPECIFIED: 'its certificate is not one that its authority may issue',
  HOSTNAME_MISMATCH: 'its certificate is for another name',
  ERR_SSL_WRONG_VERSION_NUMBER: 'it does not speak TLS at this port',
  ERR_SSL_PACKET_LENGTH_TOO_LONG: 'it does not speak TLS at this port',
  ERR_SSL_UNSUPPORTED_PROTOCOL: 'it speaks only versions of TLS that are no longer safe',
  ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION: 'it refuses the versions of TLS that are used here',
  ERR_SSL_SSLV3_ALERT_HANDSHAKE_FAILURE: 'it has no way of encrypting in common with us',
  ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED: 'it asks for a client certificate',
  ERR_SSL_SSLV3_ALERT_BAD_CERTIFICATE: 'it refuses our client certificate',
  ERR_SSL_SSLV3_ALERT_CERTIFICATE_UNKNOWN: 'it refuses our client certificate',
  ERR_SSL_TLSV1_ALERT_UNKNOWN_CA: 'it does not trust the authority of our client certificate',
  ECONNREFUSED: 'nothing listens at that address',
  ECONNRESET: 'it broke the connection off',
  EHOSTUNREACH: 'its machine cannot be reached',
  ENETUNREACH: 'its network cannot be reached',
  ENOTFOUND: 'the name of its machine is not known',
  EAI_AGAIN: 'the name of its machine could not be looked up',
  ETIMEDOUT: 'it does not answer',
  EPIPE: 'it broke the connection off',
};

/**
 * What OpenSSL finds and Node has no code for comes as UNSPECIFIED, with the words of OpenSSL (X509_verify_cert_error_string).
 * What is not here are the name constraints of an authority, above all.
 */
const UNSPECIFIED_WORDS: Readonly<Record<string, string>> = {
  'EE certificate key too weak': 'its certificate has a key that is too weak: RSA needs 2048 bits',
  'CA certificate key too weak': 'an authority of its certificate has a key that is too weak: RSA needs 2048 bits',
  'CA signature digest algorithm too weak': 'its chain of certificates is signed with SHA-1 or weaker',
  'key usage does not include certificate signing': 'its certificate was issued by one that may not issue any',
  'Different CRL scope': 'the revocation list is not the one for its certificate',
};

/** Why a connection failed, in words that go on after "cannot connect:". Never the words of the error, which may quote. */
export function explainTlsError(error: unknown): string {
  const code = (error as { code?: unknown } | null)?.code;
  if (typeof code !== 'string') return 'it failed for a reason without a code';
  if (code === 'UNSPECIFIED') return UNSPECIFIED_WORDS[(error as Error).message] ?? WORDS.UNSPECIFIED!;
  return WORDS[code] ?? `it failed with ${code}`;
}

/** The same for what a connection says that has ended: name and code of the error behind it, as the log may show it. */
export const explainCause = (cause: string): string => explainTlsError({ code: cause.split(' ').at(-1) });
