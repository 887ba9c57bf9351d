import { command, exitCodes } from '../command.ts';
import type { Control } from '../control.ts';
import { fields, json, line, timeText } from '../print.ts';
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

const alarmsText = (alarms: Status['alarms']): string =>
  alarms.length === 0
    ? 'none'
    : alarms.map(({ alarm, on, since }) => `${alarm} (${on.join(' ')}) since ${timeText(since)}`).join('; ');

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

function retentionText(rows: Status['retention']): string {
  if (rows === null) return 'not known: the store does not answer';
  const lateText = ({ late, lateByDays }: (typeof rows)[number]) =>
    late === 0 ? 'none late' : `${late} late, the oldest by ${lateByDays}`;
  return rows.map((row) => `${row.datum} ${row.held} held, ${lateText(row)}`).join('; ');
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
      ['Days beyond their time', retentionText(view.retention)],
      ...(witnessed === null ? [] : [['Audit log witnessed', witnessed] as const]),
      ['Alarms', alarmsText(view.alarms)],
    ]);
    line(call.stdout);
    carrierTable(call.stdout, view.carriers);
    return exit;
  },
});
