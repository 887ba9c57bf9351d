/**
 * Structured log lines with stable codes. A field must be in the list below: there is none for a number, a text, a
 * secret or a password, so none can be logged.
 */
export interface LogFields {
  account?: number;
  address?: string;
  alarm?: string;
  attempt?: number;
  bytes?: number;
  carrier?: string;
  /** An error as `errorText` renders it: name and code, and the message where it cannot hold user data. */
  cause?: string;
  command?: string;
  count?: number;
  credential?: number;
  day?: string;
  delayMs?: number;
  durationMs?: number;
  fault?: string;
  file?: string;
  message?: string;
  node?: number;
  on?: string;
  pid?: number;
  port?: number;
  reason?: string;
  /** The id a problem document gave its caller as `instance`. */
  request?: string;
  session?: number;
  state?: string;
  status?: number;
  version?: string;
}

export type LogLevel = 'debug' | 'info' | 'warn' | 'error';

export interface Log {
  debug(event: string, fields?: LogFields): void;
  info(event: string, fields?: LogFields): void;
  warn(event: string, fields?: LogFields): void;
  error(event: string, fields?: LogFields): void;
}

const LEVELS: readonly LogLevel[] = ['debug', 'info', 'warn', 'error'];

/** A log of JSON lines; lines below `least` are left out. */
export function jsonLog(write: (line: string) => void, nowMs: () => number, least: LogLevel = 'info'): Log {
  const lineOf = (level: LogLevel) => (event: string, fields?: LogFields) => {
    if (LEVELS.indexOf(level) < LEVELS.indexOf(least)) return;
    write(`${JSON.stringify({ at: new Date(nowMs()).toISOString(), level, event, ...fields })}\n`);
  };
  return { debug: lineOf('debug'), info: lineOf('info'), warn: lineOf('warn'), error: lineOf('error') };
}

/** What may be logged of an error: its name and code. Messages of foreign errors can quote data, so they stay out. */
export function errorText(error: unknown): string {
  if (!(error instanceof Error)) return typeof error;
  const { code } = error as { code?: unknown };
  return typeof code === 'string' ? `${error.name} ${code}` : error.name;
}
