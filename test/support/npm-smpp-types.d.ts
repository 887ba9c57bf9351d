/** The part of the npm package `smpp` 0.5.1 that the referees use; it comes without types. */
declare module 'smpp' {
  import type { EventEmitter } from 'node:events';
  import type { Server } from 'node:net';
  import type { ConnectionOptions, TlsOptions } from 'node:tls';

  interface Fields {
    command_status?: number;
    system_id?: string;
    password?: string;
    message_id?: string;
    source_addr?: string;
    source_addr_ton?: number;
    source_addr_npi?: number;
    destination_addr?: string;
    dest_addr_ton?: number;
    dest_addr_npi?: number;
    esm_class?: number;
    data_coding?: number;
    registered_delivery?: number;
    /** Read, it is an object; written, it may be a text. */
    short_message?: string | { message: string; udh?: Buffer | Buffer[] };
    receipted_message_id?: string;
    message_state?: number;
  }

  interface Pdu extends Required<Fields> {
    readonly command: string;
    readonly sequence_number: number;
    response(fields?: Fields): Pdu;
  }

  type Request = (fields: Fields, answered?: (answer: Pdu) => void) => boolean;

  interface Session extends EventEmitter {
    send(pdu: Pdu): boolean;
    bind_transceiver: Request;
    submit_sm: Request;
    deliver_sm: Request;
    enquire_link: Request;
    unbind: Request;
    close(): void;
  }

  const smpp: {
    createServer(options: TlsOptions, listener: (session: Session) => void): Server;
    connect(options: ConnectionOptions & { tls: boolean }, listener: () => void): Session;
  };
  export default smpp;
  export type { Fields, Pdu, Request, Session };
}
