export {
  type BrokenReason,
  SmppConnection,
  type SmppConnectionHandler,
  type SmppConnectionOptions,
} from './smpp-connection.ts';
