import type { EntryView } from '../entry-view.ts';
import { asciiJson } from './ascii-json.ts';
import { cefLine } from './cef.ts';
import { ocsfLine } from './ocsf.ts';
import { octetCounted, syslogMessage } from './syslog.ts';

/** Whose log it is. */
export interface Source {
  /** The name of the log. */
  readonly origin: string;
  readonly version: string;
  readonly hostName: string;
}

const jsonLine = ({ atMs, ...entry }: EntryView, { origin }: Source): string =>
  asciiJson({ log: origin, ...entry, at: new Date(atMs).toISOString() });

/** How an entry is written: each in one line, and with its index in the log, by which a duplicate is known. */
export const formats = {
  json: { doc: 'The entry as the log has it, with its index and the name of the log.', line: jsonLine },
  ocsf: {
    doc: 'An event of the Open Cybersecurity Schema Framework; the index is `metadata.sequence`.',
    line: ocsfLine,
  },
  cef: { doc: 'ArcSight Common Event Format 0; the index is `externalId`.', line: cefLine },
} as const satisfies Record<string, { readonly doc: string; line(entry: EntryView, of: Source): string }>;

export type FormatName = keyof typeof formats;

/** How lines travel: every format goes every way. */
export const framings = {
  tls: {
    doc: 'Syslog (RFC 5424) over TLS (RFC 5425): facility 13, the action as MSGID, the line as MSG, octets counted.',
    frame: (entry: EntryView, line: string, of: Source) => octetCounted(syslogMessage(entry, line, of.hostName)),
  },
  file: {
    doc: 'A line each, appended to a file and synced.',
    frame: (_: EntryView, line: string) => `${line}\n`,
  },
} as const satisfies Record<
  string,
  { readonly doc: string; frame(entry: EntryView, line: string, of: Source): string }
>;

export type TransportName = keyof typeof framings;

/** The octets of an entry on its way, as text. */
export const rendered = (format: FormatName, transport: TransportName, entry: EntryView, of: Source): string =>
  framings[transport].frame(entry, formats[format].line(entry, of), of);
