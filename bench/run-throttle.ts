import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { type MessageClass, messageClasses } from '../src/messages/contract.ts';
import { raiseCarrier } from './carrier.ts';
import { countStored } from './counts.ts';
import { Gateway } from './gateway.ts';
import type { LoadTotals } from './measure.ts';
import { Child } from './processes.ts';
import type { SmppLoadOptions } from './smpp-load.ts';
import type { SmscTotals, Trouble } from './smsc.ts';

const CARRIER = 'smsc';
const SENDER = '72345';
const WINDOW = 100;
const SECOND_MS = 1000;
const SETTLE_MS = 120_000;

export const THROTTLE_USAGE = `npm run bench -- throttle [flags]

  --rate 1000        messages a second the carrier takes, and half of it from the middle on
  --seconds 20       how long it is measured
  --warmup 0         seconds before that, in which the pace is found: 6 s for a carrier that refuses half
  --trouble halves   halves: its rate; refuses: answers half of them ESME_RTHROTTLED; drops: the connection, every 3 seconds
  --class transactional   of the messages: what is in doubt is sent again for transactional, and never for otp`;

interface Carrier {
  readonly delayMs: number;
  readonly trouble: Trouble;
}

const carriers: Readonly<Record<string, (rate: number, seconds: number) => Carrier>> = {
  halves: (rate, seconds) => ({
    delayMs: 0,
    trouble: { perSecond: rate, halvesAfterMs: (seconds * SECOND_MS) / 2 },
  }),
  // It answers a window after so long: that is what it takes, however much of it has to be offered twice.
  refuses: (rate) => ({ delayMs: (WINDOW * SECOND_MS) / rate, trouble: { refusesEvery: 2 } }),
  drops: (rate) => ({ delayMs: 0, trouble: { perSecond: rate, dropsEvery: rate * 3 } }),
};

/** A carrier that does not take everything: what it took of what it allows, and what was lost or came twice. */
export async function runThrottle(args: readonly string[]): Promise<boolean> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      rate: { type: 'string', default: '1000' },
      seconds: { type: 'string', default: '20' },
      warmup: { type: 'string', default: '0' },
      trouble: { type: 'string', default: 'halves' },
      class: { type: 'string', default: 'transactional' },
    },
  });
  const [rate, seconds, warmup] = [Number(values.rate), Number(values.seconds), Number(values.warmup)];
  const behaviour = carriers[values.trouble]?.(rate, seconds);
  const messageClass = messageClasses.find((name) => name === values.class);
  if (!behaviour || !messageClass) throw new Error(THROTTLE_USAGE);
  await using scope = new AsyncDisposableStack();
  const gateway = scope.use(await Gateway.start({ keeps: false }));
  const [smsc, load] = [scope.use(new Child('smsc')), scope.use(new Child('smpp-load'))];
  const options = await prepare(gateway, smsc, behaviour, { limit: rate * (warmup + seconds), messageClass });

  await load.ask('start', options);
  await sleep(warmup * SECOND_MS);
  const before = await smsc.ask<SmscTotals>('totals');
  await sleep(seconds * SECOND_MS);
  const after = await smsc.ask<SmscTotals>('totals');
  await load.ask('stop');
  const totals = await settled(gateway, load);
  const carrier = await smsc.ask<SmscTotals>('totals');
  const { open, inDoubt } = await countStored(gateway.dataFolder);

  const taken = after.submitted - before.submitted;
  const allowed = rate * seconds * (behaviour.trouble.halvesAfterMs ? 0.75 : 1);
  console.table({
    'taken a second': Math.round(taken / seconds),
    'of what is allowed': Number((taken / allowed).toFixed(3)),
    throttled: carrier.throttled,
    accepted: totals.accepted,
    'taken by the carrier': carrier.submitted,
    'came twice': carrier.duplicates,
    'in doubt': inDoubt,
    'without an end': open,
  });
  const lost = totals.accepted - (carrier.submitted - carrier.duplicates) - inDoubt;
  // What came twice was in doubt, and of a class that is sent again then.
  return carrier.duplicates <= inDoubt && lost <= 0 && taken >= 0.9 * allowed;
}

/** Waits until every accepted message has an end, or nothing helps. */
async function settled(gateway: Gateway, load: Child): Promise<LoadTotals> {
  for (let waitedMs = 0; waitedMs < SETTLE_MS; waitedMs += SECOND_MS) {
    const { open } = await countStored(gateway.dataFolder);
    if (open === 0) break;
    await sleep(SECOND_MS);
  }
  return load.ask<LoadTotals>('totals');
}

async function prepare(
  gateway: Gateway,
  smsc: Child,
  { delayMs, trouble }: Carrier,
  { limit, messageClass }: { limit: number; messageClass: MessageClass },
): Promise<SmppLoadOptions> {
  const { administration, ports } = gateway;
  await raiseCarrier(gateway, smsc, { name: CARRIER, window: WINDOW, delayMs, trouble });
  await administration.makeAccount('bench');
  const key = { account: 'bench', kind: 'smpp', sender: SENDER, carrier: CARRIER, class: messageClass } as const;
  const { lookup, secret } = await administration.makeKey(key);
  const clients = [{ systemId: lookup, password: secret }];
  return {
    port: ports.smppPlain,
    authority: null,
    sender: SENDER,
    clients,
    window: WINDOW,
    perSecond: null,
    limit,
  };
}
