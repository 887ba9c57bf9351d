import { BlockList, isIP } from 'node:net';
import { must } from '../../base/must.ts';

/** What the IANA registries of special-purpose addresses do not call globally reachable (RFC 6890), and multicast. */
const closedIpv4 = [
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.0.0.0/24',
  '192.0.2.0/24',
  '192.88.99.0/24',
  '192.168.0.0/16',
  '198.18.0.0/15',
  '198.51.100.0/24',
  '203.0.113.0/24',
  '224.0.0.0/4',
  '240.0.0.0/4',
];

/** All of IPv6 but global unicast is closed: that leaves out IPv4-mapped, NAT64, unique local, link-local, multicast. */
const OPEN_IPV6 = '2000::/3';
/** IETF protocols with Teredo, documentation, 6to4, documentation. */
const closedIpv6 = ['2001::/23', '2001:db8::/32', '2002::/16', '3fff::/20'];

const familyOf = (address: string) => (isIP(address) === 4 ? 'ipv4' : 'ipv6');

/** A set of networks, from their CIDR texts. */
export function networks(cidrs: readonly string[]): BlockList {
  const list = new BlockList();
  for (const cidr of cidrs) {
    const [address = '', bits = ''] = cidr.split('/');
    must(isIP(address) !== 0, 'a network is an address and a prefix length');
    list.addSubnet(address, Number(bits), familyOf(address));
  }
  return list;
}

const loopback = networks(['127.0.0.0/8', '::1/128']);
const closed = networks([...closedIpv4, ...closedIpv6]);
const openIpv6 = networks([OPEN_IPV6]);

export const isLoopback = (address: string): boolean =>
  isIP(address) !== 0 && loopback.check(address, familyOf(address));

/** Whether a notice may go to this address: it is reachable for everyone, or the operator has opened its network. */
export function mayReach(address: string, opened: BlockList): boolean {
  if (isIP(address) === 0 || address.includes('%')) return false;
  const family = familyOf(address);
  if (opened.check(address, family)) return true;
  return (family === 'ipv4' || openIpv6.check(address, family)) && !closed.check(address, family);
}
