import { PduWriter } from '../../src/wire/smpp/pdu-writer.ts';
import type { ExamplePdu } from './examples.ts';

/** The octets of what `fill` writes. */
export function written(fill: (writer: PduWriter) => void): Buffer {
  const writer = new PduWriter(() => undefined);
  fill(writer);
  return Buffer.concat(writer.take());
}

export const bytesOf = ({ command, status, sequence, fields, tlvs }: ExamplePdu): Buffer =>
  written((writer) => writer.write(command, status, sequence, fields, tlvs));
