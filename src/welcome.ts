import { relative } from 'node:path';
import { LOOPBACK_NETWORKS } from './access/index.ts';
import type { Actor } from './audit/index.ts';
import { type Fault, FaultError } from './base/fault.ts';
import type { Secret } from './base/secret.ts';
import type { Settings } from './config/index.ts';
import type { Gateway, Ports } from './gateway.ts';
import { wayOn, wordsOf } from './sealed.ts';

const SANDBOX = 'sandbox';
const SENDER = '10666';
const HANDSET = '+12025550143';
const FIRST_START: Actor = { who: 'gateway', from: null, why: 'first start' };

/** What the operator reads when the gateway is up: where it is and how to go on. At the first start, with a sandbox key. */
export async function welcome(gateway: Gateway, settings: Settings, elapsedMs: number): Promise<string> {
  const secret = await sandboxKey(gateway);
  const curl = curlFor(gateway, settings);
  return [
    '',
    `Sallyport is ready, after ${(elapsedMs / 1000).toFixed(1)} s.`,
    '',
    ...addresses(settings, gateway.ports),
    ...(gateway.authorityFile ? [`  Trust    ${shown(gateway.authorityFile)} (the authority of its certificate)`] : []),
    '',
    ...(secret ? first(secret, curl) : later()),
    '',
    'See what arrives on the sandbox handset, in another terminal:',
    '',
    '  npx sallyport handset',
    '',
    'Everything else: npx sallyport --help. Stop with Ctrl-C.',
    '',
  ].join('\n');
}

/** What the operator reads while the gateway is sealed: why, how to go on, and where it refuses what it is asked. */
export const sealedWords = (why: Fault, settings: Settings, ports: Ports): string =>
  [
    '',
    'Sallyport is sealed.',
    '',
    `  ${wordsOf(why)}`,
    `  ${wayOn(why)}`,
    '',
    ...addresses(settings, ports),
    '',
    'Stop with Ctrl-C.',
    '',
  ].join('\n');

function addresses({ api, smpp }: Settings, { smppPlain, ...ports }: Ports): string[] {
  const plain = smppPlain === null ? '' : `, and on 127.0.0.1:${smppPlain} without (this machine only)`;
  return [
    `  API      https://${api.host}:${ports.api}`,
    `  SMPP     ${smpp.tlsHost}:${ports.smppTls} over TLS${plain}`,
  ];
}

const first = (secret: Secret, curl: (key: string) => string): string[] => [
  'This key is shown once. It reaches the sandbox carrier only, and nobody’s telephone:',
  '',
  `  ${secret.reveal()}`,
  '',
  'Send the first message:',
  '',
  curl(secret.reveal()),
];

const later = (): string[] => [
  'The sandbox key was shown at the first start. To make another one:',
  '',
  `  npx sallyport key create --account ${SANDBOX} --name another --senders ${SENDER} --carriers ${SANDBOX}`,
];

const curlFor = (gateway: Gateway, settings: Settings) => (key: string) =>
  [
    `  curl ${gateway.authorityFile ? `--cacert ${shown(gateway.authorityFile)} ` : ''}https://${settings.api.host}:${gateway.ports.api}/v1/messages \\`,
    `    -H 'Authorization: Bearer ${key}' -H 'Content-Type: application/json' \\`,
    `    -d '{"to":"${HANDSET}","from":"${SENDER}","text":"Hello from Sallyport"}'`,
  ].join('\n');

/** Makes the sandbox, where nothing is there yet: an account, a carrier that reaches nobody, and a key for no more than that. */
async function sandboxKey({ office }: Gateway): Promise<Secret | null> {
  if ((await office.listAccounts()).length > 0) return null;
  const steps = [
    await office.createAccount(SANDBOX, FIRST_START),
    await office.addCarrier({ kind: 'sandbox', name: SANDBOX }, FIRST_START),
  ];
  for (const step of steps) if ('code' in step) throw new FaultError(step.code, step);
  const made = await office.createCredential(
    {
      account: SANDBOX,
      kind: 'api_key',
      name: 'first',
      capability: {
        verbs: ['send', 'read', 'cancel', 'webhook'],
        senders: [SENDER],
        classes: ['otp', 'transactional', 'marketing'],
        carriers: [SANDBOX],
        networks: LOOPBACK_NETWORKS,
      },
      expiresAtMs: null,
    },
    FIRST_START,
  );
  if ('code' in made) throw new FaultError(made.code, made);
  return made.secret;
}

/** A path as it is shortest to type from here. */
function shown(path: string): string {
  const here = relative(process.cwd(), path);
  return here.startsWith('..') ? path : here;
}
