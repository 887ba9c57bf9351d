/** Times of SMPP 3.4 §7.1.1: absolute `YYMMDDhhmmsstnnp`, relative `YYMMDDhhmmss000R`. */
export interface SmppTime {
  readonly kind: 'absolute' | 'relative';
  /** The moment it stands for, Unix milliseconds; a relative time is counted from now by the UTC calendar. */
  readonly atMs: number;
}

const FORM = /^(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(\d)(\d\d)([+\-R])$/;
const CENTURY = 2000;
const TENTH_MS = 100;
const QUARTER_HOUR_MS = 15 * 60 * 1000;
const QUARTERS_MAX = 48;

interface Parts {
  year: number;
  month: number;
  day: number;
  hour: number;
  minute: number;
  second: number;
  tenths: number;
  quarters: number;
}

/** What the text of a schedule_delivery_time or validity_period stands for, or null where it is not one. '' is not one. */
export function parseSmppTime(text: string, nowMs: number): SmppTime | null {
  const match = FORM.exec(text);
  if (match === null) return null;
  const [year, month, day, hour, minute, second, tenths, quarters] = match.slice(1, 9).map(Number) as [
    number,
    number,
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  const parts: Parts = { year, month, day, hour, minute, second, tenths, quarters };
  return match[9] === 'R' ? relativeTime(parts, nowMs) : absoluteTime(parts, match[9] === '-' ? -1 : 1);
}

function relativeTime(parts: Parts, nowMs: number): SmppTime | null {
  if (parts.tenths !== 0 || parts.quarters !== 0) return null;
  const moment = new Date(nowMs);
  moment.setUTCFullYear(moment.getUTCFullYear() + parts.year);
  moment.setUTCMonth(moment.getUTCMonth() + parts.month, moment.getUTCDate() + parts.day);
  moment.setUTCHours(
    moment.getUTCHours() + parts.hour,
    moment.getUTCMinutes() + parts.minute,
    moment.getUTCSeconds() + parts.second,
  );
  return { kind: 'relative', atMs: moment.getTime() };
}

/** `nn` is by how many quarter hours the local time given is ahead of (`+`) or behind (`-`) UTC. */
function absoluteTime(parts: Parts, sign: 1 | -1): SmppTime | null {
  if (parts.quarters > QUARTERS_MAX) return null;
  const { year, month, day, hour, minute, second, tenths } = parts;
  const localMs = Date.UTC(CENTURY + year, month - 1, day, hour, minute, second, tenths * TENTH_MS);
  const isReal =
    absoluteText(localMs).slice(0, 12) === [year, month, day, hour, minute, second].map(twoDigits).join('');
  return isReal ? { kind: 'absolute', atMs: localMs - sign * parts.quarters * QUARTER_HOUR_MS } : null;
}

const twoDigits = (value: number): string => String(value).padStart(2, '0');

function absoluteText(atMs: number): string {
  const digits = new Date(atMs).toISOString().replace(/\D/g, '');
  return `${digits.slice(2, 15)}00+`;
}

/** A moment as an absolute time in UTC: the form every SMSC reads. */
export const formatSmppTime = (atMs: number): string => absoluteText(atMs);

const SPANS = [
  ['day', 24 * 60 * 60],
  ['hour', 60 * 60],
  ['minute', 60],
  ['second', 1],
] as const;
const DAYS_MAX = 99;

/**
 * A span as a relative time, rounded up to whole seconds: at least one, for nobody says what none means; at most 99 days, for
 * days are the largest unit of one length.
 */
export function formatSmppSpan(spanMs: number): string {
  let seconds = Math.max(1, Math.min(Math.ceil(spanMs / 1000), DAYS_MAX * SPANS[0][1]));
  const parts = SPANS.map(([, unit]) => {
    const count = Math.floor(seconds / unit);
    seconds -= count * unit;
    return twoDigits(count);
  });
  return `0000${parts.join('')}000R`;
}
