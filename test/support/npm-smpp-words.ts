import { createInterface } from 'node:readline';
import type { Pdu } from 'smpp';

/** What both scripts around the npm package `smpp` do: events as lines of JSON on stdout, orders as lines of JSON on stdin. */
export const say = (event: string, fields: object = {}): void => console.log(JSON.stringify({ event, ...fields }));

export function onOrder(handle: (order: Record<string, unknown>) => void): void {
  createInterface(process.stdin).on('line', (line) => handle(JSON.parse(line) as Record<string, unknown>));
}

/** A message as the package has read it: text and user data header as it decoded them. */
export function messageFields(pdu: Pdu): object {
  const { message, udh } = pdu.short_message as { message: string; udh?: Buffer[] };
  return {
    from: pdu.source_addr,
    fromTon: pdu.source_addr_ton,
    fromNpi: pdu.source_addr_npi,
    to: pdu.destination_addr,
    toTon: pdu.dest_addr_ton,
    toNpi: pdu.dest_addr_npi,
    esmClass: pdu.esm_class,
    dataCoding: pdu.data_coding,
    registeredDelivery: pdu.registered_delivery,
    header: (udh ?? []).map((element) => element.toString('hex')).join(' '),
    text: message,
  };
}
