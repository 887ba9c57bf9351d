const SEQUENCE = 0x30;
const PERMITTED_SUBTREES = 0xa0;
const DNS_NAME = 0x82;
const IP_ADDRESS = 0x87;
const LONG_FORM = 0x80;

/** One DER element: tag, length, content (X.690 §8.1). */
function element(tag: number, content: Buffer): Buffer {
  const { length } = content;
  const lengthOctets = length < LONG_FORM ? [length] : [LONG_FORM + 2, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from([tag, ...lengthOctets]), content]);
}

const subtree = (name: Buffer): Buffer => element(SEQUENCE, name);
const dnsSubtree = (name: string): Buffer => subtree(element(DNS_NAME, Buffer.from(name, 'latin1')));

/** 127.0.0.0/8 and ::1/128, each as address and mask. */
const loopbackSubtrees = ['7f000000ff000000', `${'1'.padStart(32, '0')}${'f'.repeat(32)}`].map((network) =>
  subtree(element(IP_ADDRESS, Buffer.from(network, 'hex'))),
);

export const NAME_CONSTRAINTS_OID = '2.5.29.30';

/** What stands in the extension (RFC 5280 §4.2.1.10): an authority for these names and the loopback addresses only. */
export const nameConstraints = (dnsNames: readonly string[]): Buffer =>
  element(SEQUENCE, element(PERMITTED_SUBTREES, Buffer.concat([...dnsNames.map(dnsSubtree), ...loopbackSubtrees])));
