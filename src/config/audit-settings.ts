import { exportAddress, witnessAddress } from './audit-kinds.ts';
import { choice, integer, listOf, text } from './kinds.ts';
import { optional, path, preset } from './setting.ts';

/** The settings of the audit log: its name, who collects it, who cosigns it. */
export const auditSettings = {
  origin: optional(text('the name of a log'), {
    doc: 'The name of the audit log in its checkpoints, such as `sms.example.com/audit`; without it, one that is drawn. It is fixed at the first start.',
  }),
  export: preset(
    listOf('places, each a format (json, ocsf, cef) and tls://host:port or file:path', 16, exportAddress),
    {
      default: [],
      doc: 'Where the audit log is exported to, such as `json tls://siem.example:6514`: syslog over TLS, or lines in a file. docs/reference/audit-export.md says more.',
    },
  ),
  exportMessages: preset(choice('all', 'none'), {
    default: 'all',
    doc: 'Whether what becomes of each message is exported too. There may be tens of thousands a second.',
  }),
  exportFrom: preset(choice('first', 'next'), {
    default: 'first',
    doc: 'Where a receiver begins that is new: with the first entry of the log, or with the next one.',
  }),
  exportCaFile: optional(path, {
    doc: 'The authority that certificates of receivers must come from (PEM); without it, the public authorities.',
  }),
  exportCertFile: optional(path, {
    doc: 'The certificate that receivers are shown which ask for one (PEM). Read at every connection.',
  }),
  exportKeyFile: optional(path, {
    doc: 'The private key of `audit.exportCertFile` (PEM), readable by its owner only.',
  }),
  exportTls: preset(choice('TLSv1.3', 'TLSv1.2'), {
    default: 'TLSv1.3',
    doc: 'The oldest version of TLS that receivers may speak. Many builds of rsyslog have no more than 1.2.',
  }),
  witnesses: preset(listOf('witnesses, each https://address and its key', 16, witnessAddress), {
    default: [],
    doc: 'Who cosigns the checkpoints of the audit log, each as an address and the key that `witness keygen` printed, with a space between.',
  }),
  witnessQuorum: preset(integer(1, 16), {
    default: 1,
    unit: 'witnesses',
    doc: 'How many of them must have cosigned a checkpoint before it counts as witnessed; no more than there are.',
  }),
  witnessCaFile: optional(path, {
    doc: 'The authority that certificates of witnesses must come from (PEM); without it, the public authorities.',
  }),
} as const;
