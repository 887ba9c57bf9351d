import { lookup } from 'node:dns/promises';
import { BlockList, isIPv6 } from 'node:net';

const loopback = new BlockList();
loopback.addSubnet('127.0.0.0', 8, 'ipv4');
loopback.addAddress('::1', 'ipv6');

/** What a host's name stands for now, and whether that is this machine. The caller connects to the address. */
export async function addressOf(host: string): Promise<{ readonly address: string; readonly isLoopback: boolean }> {
  const { address } = await lookup(host);
  return { address, isLoopback: loopback.check(address, isIPv6(address) ? 'ipv6' : 'ipv4') };
}
