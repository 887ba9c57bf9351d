import type { EntryView } from '../entry-view.ts';

/** "log audit" (RFC 5424 §6.2.1, table 1). */
const FACILITY = 13;
const NOT_PRINTABLE = /[^!-~]/g;
const NOT_ASCII = /[^\0-\x7f]/;
const HOST_CHARACTERS_MAX = 255;
const MSGID_CHARACTERS_MAX = 32;
/** A text that is not ASCII says so (RFC 5424 §6.4). */
const BYTE_ORDER_MARK = '\ufeff';

/** Warning, notice or informational (RFC 5424 §6.2.1, table 2). */
export function severityOf({ kind, outcome }: EntryView): 4 | 5 | 6 {
  if (kind === 'alarm' || outcome !== 'done') return 4;
  return kind === 'message' ? 6 : 5;
}

/** What may stand in a field of the header; `-` for nothing (RFC 5424 §6). */
const field = (text: string, most: number): string => text.replaceAll(NOT_PRINTABLE, '').slice(0, most) || '-';

/** A message of RFC 5424 around a body. There is no structured data: the body says everything. */
export function syslogMessage(entry: EntryView, body: string, hostName: string): string {
  const priority = FACILITY * 8 + severityOf(entry);
  const at = new Date(entry.atMs).toISOString();
  const names = `${field(hostName, HOST_CHARACTERS_MAX)} sallyport - ${field(entry.what, MSGID_CHARACTERS_MAX)}`;
  return `<${priority}>1 ${at} ${names} - ${NOT_ASCII.test(body) ? BYTE_ORDER_MARK : ''}${body}`;
}

/** How it travels over TLS: its octets behind their count (RFC 5425 §4.3). */
export const octetCounted = (message: string): string => `${Buffer.byteLength(message)} ${message}`;
