export {
  type BrokenReason,
  SmppConnection,
  type SmppConnectionHandler,
} from './smpp-connection.ts';
export { clientCertificate } from './tls/client-certificate.ts';
export { type ClientTlsOptions, clientTls, pinOf } from './tls/client-tls.ts';
export { explainCause, explainTlsError } from './tls/explain-tls-error.ts';
export { type PairFiles, readCertificates } from './tls/key-files.ts';
export { seenTls, unverifiedTls } from './tls/seen-tls.ts';
export { type ServerTls, serverTls } from './tls/server-tls.ts';
