import { parseArgs } from 'node:util';
import type { Login, OpenOptions, SendResult } from './binds-load.ts';
import { raiseCarrier } from './carrier.ts';
import { freePort } from './connect.ts';
import { Gateway } from './gateway.ts';
import { heapAfterGc } from './heap.ts';
import { Child } from './processes.ts';

const CARRIER = 'smsc';
const SENDER = '72345';
const KIB = 1024;
const KIB_A_BIND_MAX = 64;
const IDLE_SECONDS = 5;

export const BINDS_USAGE = `npm run bench -- binds [flags]

  --binds 1000        transceiver binds in all
  --applications 20   credentials, each of an account of its own, that share them
  --seconds 20        how long all of them send
  --window 10         unanswered submit_sm of a bind
  --codes 20          one-time codes a second beside that
  --tls               SMPP over TLS 1.3`;

/** Memory a bind while all stand idle; who gets how much when all send; how long a one-time code takes meanwhile. */
export async function runBinds(args: readonly string[]): Promise<boolean> {
  const flags = readFlags(args);
  await using scope = new AsyncDisposableStack();
  const inspect = await freePort();
  const settings = {
    NODE_OPTIONS: `--inspect=127.0.0.1:${inspect}`,
    SALLYPORT_SMPP_MAX_CONNECTIONS: String(flags.binds + 100),
    SALLYPORT_SMPP_CONNECTIONS_PER_ADDRESS: String(flags.binds + 100),
    SALLYPORT_SMPP_UNBOUND_PER_ADDRESS: String(flags.binds + 100),
    SALLYPORT_SMPP_BIND_SECONDS: '120',
  };
  const gateway = scope.use(await Gateway.start({ keeps: false, settings }));
  const [smsc, load] = [scope.use(new Child('smsc')), scope.use(new Child('binds-load'))];
  const open = await prepare(gateway, smsc, flags);

  const before = await heapAfterGc(inspect);
  await load.ask('open', open);
  await sleepSeconds(IDLE_SECONDS);
  const idle = await heapAfterGc(inspect);
  const sent = await load.ask<SendResult>('send', {
    seconds: flags.seconds,
    window: flags.window,
    codesPerSecond: flags.codes,
  });
  const busy = await heapAfterGc(inspect);

  const aBind = (after: typeof idle) => ({
    rssKiB: Math.round((after.rss - before.rss) / KIB / flags.binds),
    heapKiB: Math.round((after.heap + after.external - before.heap - before.external) / KIB / flags.binds),
  });
  const [least, most] = [Math.min(...sent.accepted), Math.max(...sent.accepted)];
  console.table({ idle: aBind(idle), 'after sending': aBind(busy) });
  console.table({
    'accepted a second': Math.round(sent.accepted.reduce((sum, count) => sum + count, 0) / flags.seconds),
    'least of an application': least,
    'most of an application': most,
    'least / most': Number((least / most).toFixed(3)),
    refused: sent.refused,
    codes: sent.codes,
    'code p50 ms': Number(sent.codeP50Ms.toFixed(1)),
    'code p99 ms': Number(sent.codeP99Ms.toFixed(1)),
    'code max ms': Number(sent.codeMaxMs.toFixed(1)),
  });
  return aBind(idle).rssKiB <= KIB_A_BIND_MAX && least > 0;
}

type BindsFlags = ReturnType<typeof readFlags>;

async function prepare(gateway: Gateway, smsc: Child, flags: BindsFlags): Promise<OpenOptions> {
  const { administration, identity, ports } = gateway;
  await raiseCarrier(gateway, smsc, { name: CARRIER, window: 1000, delayMs: 0 });
  const bindsEach = Math.ceil(flags.binds / flags.applications);
  const login = async (account: string, messageClass: 'transactional' | 'otp'): Promise<Login> => {
    await administration.makeAccount(account);
    const key = { account, kind: 'smpp', sender: SENDER, carrier: CARRIER, class: messageClass } as const;
    const { lookup, secret } = await administration.makeKey({ ...key, maxBinds: bindsEach });
    return { systemId: lookup, password: secret };
  };
  const logins: Login[] = [];
  while (logins.length < flags.applications) logins.push(await login(`bench-${logins.length}`, 'transactional'));
  const codes = await login('bench-codes', 'otp');
  const listener = flags.tls
    ? { port: ports.smppTls, authority: identity.cert }
    : { port: ports.smppPlain, authority: null };
  return { ...listener, sender: SENDER, logins, bindsEach, codes };
}

const sleepSeconds = (seconds: number) => new Promise<void>((resolve) => setTimeout(resolve, seconds * 1000));

function readFlags(args: readonly string[]) {
  const { values } = parseArgs({
    args: [...args],
    options: {
      binds: { type: 'string', default: '1000' },
      applications: { type: 'string', default: '20' },
      seconds: { type: 'string', default: '20' },
      window: { type: 'string', default: '10' },
      codes: { type: 'string', default: '20' },
      tls: { type: 'boolean', default: false },
    },
  });
  const { tls, ...rest } = values;
  const numbers = Object.fromEntries(Object.entries(rest).map(([name, value]) => [name, Number(value)]));
  return { ...(numbers as Record<keyof typeof rest, number>), tls };
}
