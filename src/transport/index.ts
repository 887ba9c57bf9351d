export {
  type BrokenReason,
  SmppConnection,
  type SmppConnectionHandler,
  type SmppConnectionOptions,
} from './smpp-connection.ts';
export { clientCertificate, type ShownCertificate } from './tls/client-certificate.ts';
export { type ClientTlsOptions, clientTls, pinOf } from './tls/client-tls.ts';
export { explainCause, explainTlsError } from './tls/explain-tls-error.ts';
export { type PairFiles, readCertificates } from './tls/key-files.ts';
export { type SeenTls, seenTls, unverifiedTls } from './tls/seen-tls.ts';
export { type ServerTls, type ServerTlsOptions, serverTls } from './tls/server-tls.ts';
