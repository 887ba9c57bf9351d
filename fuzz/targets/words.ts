import { commands } from '../../src/wire/smpp/commands.ts';
import { tlvs } from '../../src/wire/smpp/tlvs.ts';
import { words } from '../target.ts';

const u32 = (value: number): Buffer => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
};

const u16 = (value: number): Buffer => u32(value).subarray(2);

/** What PDUs are made of: command_ids, tags, addresses, the beginnings of other protocols. */
export const pduWords: readonly Buffer[] = [
  ...Object.values(commands).map(u32),
  ...Object.values(tlvs).map(({ tag }) => u16(tag)),
  ...words('12025550143\0', '10666\0', '260101120000000+\0', '000007000000000R\0', 'GET ', 'SSH-', 'AMQP', '\x16\x03'),
];
