/** A row of the inventory as the API gives it. */
export interface ShownUse {
  readonly name: string;
  readonly kind: 'key' | 'hash' | 'certificate';
  readonly algorithm: string;
  readonly primitive: string;
  readonly bits: number;
  readonly use: string;
  readonly where: string;
  readonly counts: Readonly<Record<string, number>>;
  readonly oldest: string | null;
  readonly periodDays: number | null;
  readonly next: string | null;
  readonly classicalBits: number;
  readonly quantumLevel: number;
  readonly postQuantum: string;
}

/** What an algorithm of each primitive is used for, in the words of CycloneDX 1.6. */
const functions: Readonly<Record<string, readonly string[]>> = {
  ae: ['encrypt', 'decrypt'],
  kdf: ['keyderive'],
  mac: ['tag'],
  hash: ['digest'],
  signature: ['sign', 'verify'],
  kem: ['encapsulate', 'decapsulate'],
};

const slug = (words: string): string => words.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-');
const algorithmRef = (name: string): string => `algorithm/${slug(name)}`;
/** NIST's words for states are ours, but for this one. */
const stateOf = (state: string): string => (state === 'pre-active' ? 'pre-activation' : state);

const properties = (rows: Readonly<Record<string, string | number | null>>) =>
  Object.entries(rows).flatMap(([name, value]) =>
    value === null ? [] : [{ name: `sallyport:${name}`, value: String(value) }],
  );

function algorithmOf({ algorithm: name, primitive, classicalBits, quantumLevel, postQuantum }: ShownUse) {
  return {
    type: 'cryptographic-asset',
    'bom-ref': algorithmRef(name),
    name,
    cryptoProperties: {
      assetType: 'algorithm',
      algorithmProperties: {
        primitive,
        executionEnvironment: 'software-plain-ram',
        cryptoFunctions: functions[primitive] ?? ['unknown'],
        classicalSecurityLevel: classicalBits,
        nistQuantumSecurityLevel: quantumLevel,
      },
    },
    properties: properties({ 'post-quantum': postQuantum }),
  };
}

const certificate = ({ oldest, next, algorithm: name }: ShownUse) => ({
  assetType: 'certificate',
  certificateProperties: {
    ...(oldest && { notValidBefore: oldest }),
    ...(next && { notValidAfter: next }),
    signatureAlgorithmRef: algorithmRef(name),
    certificateFormat: 'X.509',
  },
});

function material({ kind, primitive, bits, algorithm: name, oldest, next }: ShownUse, state: string) {
  const keyType = primitive === 'signature' ? 'private-key' : 'secret-key';
  const isActive = state === 'active';
  return {
    assetType: 'related-crypto-material',
    relatedCryptoMaterialProperties: {
      type: kind === 'hash' ? 'digest' : keyType,
      state: stateOf(state),
      size: bits,
      algorithmRef: algorithmRef(name),
      ...(isActive && oldest && { creationDate: oldest }),
      ...(isActive && next && { expirationDate: next }),
    },
  };
}

function assets(use: ShownUse) {
  return Object.entries(use.counts).map(([state, count]) => ({
    type: 'cryptographic-asset',
    'bom-ref': `${use.kind}/${slug(use.name)}/${state}`,
    name: use.name,
    description: use.use,
    cryptoProperties: use.kind === 'certificate' ? certificate(use) : material(use, state),
    properties: properties({ count, where: use.where, 'period-days': use.periodDays }),
  }));
}

/** The inventory as a cryptography bill of materials: CycloneDX 1.6, https://cyclonedx.org/docs/1.6/json/. */
export function cbom(uses: readonly ShownUse[], timestamp: string, version: string) {
  const algorithms = new Map(uses.map((use) => [use.algorithm, algorithmOf(use)]));
  const gateway = { type: 'application', 'bom-ref': 'sallyport', name: 'sallyport', version };
  const components = [...algorithms.values(), ...uses.flatMap(assets)];
  return {
    bomFormat: 'CycloneDX',
    specVersion: '1.6',
    version: 1,
    metadata: { timestamp, component: gateway },
    components,
    dependencies: [
      { ref: 'sallyport', dependsOn: uses.flatMap(assets).map((asset) => asset['bom-ref']) },
      ...uses.flatMap((use) =>
        assets(use).map((asset) => ({ ref: asset['bom-ref'], dependsOn: [algorithmRef(use.algorithm)] })),
      ),
    ],
  };
}
