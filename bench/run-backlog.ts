import type { Flags } from './flags.ts';
import type { LoadMeasure } from './measure.ts';
import { perMessage, type Result, resultOf } from './report.ts';
import { smppLoad } from './run-steady.ts';
import type { Stage } from './stage.ts';

/** Many messages are accepted while the carrier is down; then it comes up, and all leave. */
export async function runBacklog(stage: Stage, flags: Flags): Promise<Result> {
  const before = stage.cpu();
  await stage.load.ask('mark');
  await stage.load.ask('start', await smppLoad(stage, flags, flags.messages));
  await stage.settle(flags.messages, async () => (await stage.loadTotals()).accepted);
  const { seconds, accepted, receipts: _, ...waits } = await stage.load.ask<LoadMeasure>('measure');
  const acceptedRssMiB = stage.memory().peak;
  const drainStartMs = performance.now();
  await stage.raiseSmsc();
  await stage.settle(accepted, async () => (await stage.loadTotals()).receipts);
  const drainSeconds = (performance.now() - drainStartMs) / 1000;
  await stage.load.ask('stop');
  const figures = {
    messagesPerSecond: accepted / drainSeconds,
    ...perMessage(before, stage.cpu(), accepted),
    ...waits,
    rssMiB: stage.memory().peak,
  };
  const more = { acceptedPerSecond: accepted / seconds, acceptedRssMiB, drainSeconds, rssNowMiB: stage.memory().now };
  const [load, smsc, stored] = [await stage.loadTotals(), await stage.smscTotals(), await stage.stored()];
  return resultOf({ flags, figures, more, load, smsc, stored });
}
