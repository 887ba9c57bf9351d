import { command, exitCodes, type Output } from '../command.ts';
import type { Control } from '../control.ts';
import { fields, json, line, table, timeText } from '../print.ts';
import { Trouble } from '../trouble.ts';
import { outletsOf } from './audit-sinks.ts';
import { type Carrier, carrierTable } from './carrier.ts';

interface Status {
  readonly version: string;
  readonly startedAt: string;
  readonly carriers: readonly Carrier[];
  readonly messagesInHand: number;
  readonly retention:
    | readonly { readonly datum: string; readonly held: number; readonly late: number; readonly lateByDays: number }[]
    | null;
  readonly alarms: readonly { readonly alarm: string; readonly on: readonly string[]; readonly since: string }[];
}

/** When the log was witnessed last; null where nobody witnesses it. */
async function witnessedText(control: Control): Promise<string | null> {
  try {
    const { witnesses, witnessed } = await outletsOf(control);
    if (witnesses.length === 0) return null;
    return witnessed ? timeText(witnessed.at) : 'never';
  } catch (error) {
    if (error instanceof Trouble) return `not known: ${error.message}`;
    throw error;
  }
}

/** Short where all is well: what is late, or kept beyond its time, is named. */
function retentionText(rows: Status['retention']): string {
  if (rows === null) return 'not known: the store does not answer';
  const named = rows.flatMap(({ datum, late, lateByDays, held }) => {
    const words = [
      ...(late > 0 ? [`${days(late)} late, the oldest by ${lateByDays}`] : []),
      ...(held > 0 ? [`${days(held)} held`] : []),
    ];
    return words.length > 0 ? [`${datum} ${words.join(', ')}`] : [];
  });
  const isLate = rows.some(({ late }) => late > 0);
  return named.length === 0 ? 'nothing late, nothing held' : `${isLate ? '' : 'nothing late; '}${named.join('; ')}`;
}

const days = (count: number): string => (count === 1 ? '1 day' : `${count} days`);

/** The longest first, each on a line of its own. */
function alarmTable(out: Output, alarms: Status['alarms']): void {
  if (alarms.length === 0) return;
  line(out);
  table(
    out,
    ['ALARM', 'ABOUT', 'SINCE'],
    alarms.map(({ alarm, on, since }) => [alarm, on.join(' '), timeText(since)]),
  );
}

/** Why no messages are taken now, or null where they are. */
async function whyNotReady(control: Control): Promise<Trouble | null> {
  try {
    await control.get('/v1/health');
    return null;
  } catch (error) {
    if (error instanceof Trouble) return error;
    throw error;
  }
}

export const status = command({
  name: 'status',
  summary: 'Show how the gateway and its carriers are.',
  about: ['Ends with 1 where the gateway runs but takes no messages.'],
  options: {},
  example: 'status',
  async run(call) {
    const view = await call.control.get<Status>('/v1/status');
    const trouble = await whyNotReady(call.control);
    const isReady = trouble === null;
    const exit = isReady ? exitCodes.done : exitCodes.failed;
    if (call.values.json) {
      json(call.stdout, { ...view, ready: isReady, reason: trouble?.code ?? null });
      return exit;
    }
    const witnessed = await witnessedText(call.control);
    fields(call.stdout, [
      ['Version', view.version],
      ['Running since', timeText(view.startedAt)],
      ['Takes messages', isReady ? 'yes' : `no: ${trouble.message} (${trouble.code})`],
      ['Messages in hand', String(view.messagesInHand)],
      ['Retention', retentionText(view.retention)],
      ...(witnessed === null ? [] : [['Audit log witnessed', witnessed] as const]),
      ['Alarms', view.alarms.length === 0 ? 'none' : String(view.alarms.length)],
    ]);
    alarmTable(call.stdout, view.alarms);
    line(call.stdout);
    carrierTable(call.stdout, view.carriers);
    return exit;
  },
});
