import type { Flags } from './flags.ts';
import type { HttpLoadOptions } from './http-load.ts';
import type { LoadMeasure } from './measure.ts';
import { perMessage, type Result, resultOf } from './report.ts';
import type { SmppLoadOptions } from './smpp-load.ts';
import { SENDER, type Stage } from './stage.ts';

const isHttp = ({ scenario }: Flags): boolean => scenario === 'http' || scenario === 'http-batch';

async function startLoad(stage: Stage, flags: Flags): Promise<void> {
  await stage.load.ask('start', isHttp(flags) ? await httpLoad(stage, flags) : await smppLoad(stage, flags, null));
}

async function httpLoad(stage: Stage, flags: Flags): Promise<HttpLoadOptions> {
  const keys = (await stage.makeKeys('api_key')).map(({ secret }) => secret);
  return {
    port: stage.gateway.ports.api,
    authority: stage.gateway.identity.cert,
    sender: SENDER,
    keys,
    connections: flags.connections,
    batch: flags.scenario === 'http-batch' ? flags.batch : 1,
  };
}

export async function smppLoad(stage: Stage, flags: Flags, limit: number | null): Promise<SmppLoadOptions> {
  const { ports, identity } = stage.gateway;
  const clients = (await stage.makeKeys('smpp')).map(({ lookup, secret }) => ({ systemId: lookup, password: secret }));
  return {
    port: flags.tls ? ports.smppTls : ports.smppPlain,
    authority: flags.tls ? identity.cert : null,
    sender: SENDER,
    clients,
    window: flags.window,
    perSecond: flags.scenario === 'latency' ? flags.rate : null,
    limit,
  };
}

/** Waits until the receipt of every accepted message has come back as far as it goes. */
async function drain(stage: Stage, flags: Flags): Promise<void> {
  await stage.load.ask('stop');
  await stage.sleep(1000); // answers under way
  const { accepted } = await stage.loadTotals();
  await stage.settle(accepted, async () =>
    isHttp(flags) ? (await stage.smscTotals()).receiptAnswers : (await stage.loadTotals()).receipts,
  );
}

/** A load that goes on: as fast as the windows allow, or at a given pace. */
export async function runSteady(stage: Stage, flags: Flags): Promise<Result> {
  await stage.raiseSmsc();
  await startLoad(stage, flags);
  await stage.sleep(flags.warmup * 1000);
  await stage.load.ask('mark');
  const before = stage.cpu();
  await stage.sleep(flags.seconds * 1000);
  const after = stage.cpu();
  const { seconds, accepted, receipts, ...waits } = await stage.load.ask<LoadMeasure>('measure');
  const messages = isHttp(flags) ? accepted : receipts;
  await drain(stage, flags);
  const figures = {
    messagesPerSecond: messages / seconds,
    ...perMessage(before, after, messages),
    ...waits,
    rssMiB: stage.memory().peak,
  };
  const more = { readyMs: stage.gateway.readyMs, rssNowMiB: stage.memory().now };
  const [load, smsc, stored] = [await stage.loadTotals(), await stage.smscTotals(), await stage.stored()];
  return resultOf({ flags, figures, more, load, smsc, stored });
}
