/** Writes docs/reference/audit-export.md from the tables of the export. */
import { writeFileSync } from 'node:fs';
import { actions } from '../src/audit/actions.ts';
import { formats, framings } from '../src/audit/export/formats.ts';
import {
  OCSF_VERSION,
  OTHER_ACTIVITY,
  ocsfClasses,
  ocsfOfAction,
  ocsfOfKind,
} from '../src/audit/export/ocsf-classes.ts';

function tableText(headings: readonly string[], rows: readonly (readonly string[])[]): string {
  const lines = [headings, headings.map(() => '---'), ...rows];
  return `${lines.map((cells) => `| ${cells.join(' | ')} |`).join('\n')}\n`;
}

const docRows = (table: Readonly<Record<string, { readonly doc: string }>>) =>
  Object.entries(table).map(([name, { doc }]) => [`\`${name}\``, doc]);

const places = [
  ...Object.entries(actions).map(
    ([name, { kind }]) =>
      [name, (ocsfOfAction as Partial<typeof ocsfOfKind>)[name as never] ?? ocsfOfKind[kind]] as const,
  ),
  ...(['message.accepted', 'message.received'] as const).map((name) => [name, ocsfOfAction[name]!] as const),
  ['any other `message.…`', ocsfOfKind.message] as const,
];

const ocsfRows = places.map(([name, { in: className, activity }]) => {
  const { uid, name: title } = ocsfClasses[className];
  return [
    name.includes(' ') ? name : `\`${name}\``,
    `${title} (${uid})`,
    activity === OTHER_ACTIVITY ? `${activity}, other` : String(activity),
  ];
});

export const auditExportFile = 'docs/reference/audit-export.md';

export const auditExportPage = (): string => `# Export and witnesses of the audit log

Made from \`src/audit\` by \`node tools/audit-reference.ts\`.

## Export

\`audit.export\` is a list of places, each a format and where it goes:

\`\`\`yaml
audit:
  export:
    - json tls://siem.example:6514
    - cef file:/var/log/sallyport/audit.cef
\`\`\`

${tableText(['Format', 'What a line is'], docRows(formats))}
${tableText(['Way', 'How lines travel'], docRows(framings))}
Every entry arrives at least once and in the order of the log, usually within five seconds. It may come again after trouble: its
index tells. A receiver may be away for as long as it likes, for export reads from the log; tries come after 1 s, then twice as
late each time up to a minute. \`npx sallyport audit sinks\` shows how far each receiver is and what is wrong with it. The place
of a receiver belongs to the words in the settings: other words are another receiver, which begins as \`audit.exportFrom\` says.

A receiver over TLS must end a session when it is ended to it, as RFC 5425 §4.4 says; rsyslog does. Its certificate is verified, for
the host in its address. An entry is one message: those of messages have about 400 octets, others up to a few thousand, 64 KiB at
most, so let the receiver take that (\`maxMessageSize\` of rsyslog).

A file is opened anew for each delivery, so it can be moved away at any time: logrotate needs \`create\` or nothing, and neither
\`postrotate\` nor \`copytruncate\`. A line that a crash cut short is ended, and comes again whole. With several gateways the
file is written on the machine of the one that exports.

No entry holds a number, a text or a name of a subscriber: messages are ids, and recipients references of the gateway's own. What an
operator gives as reason is his own words.

## OCSF ${OCSF_VERSION}

${tableText(['Action', 'Class', 'activity_id'], ocsfRows)}
## Witnesses

A witness is somebody else who cosigns the checkpoints of the log, and then cosigns no other history of it. Two organisations
that run Sallyport can witness each other:

\`\`\`sh
npx sallyport witness keygen --name witness.example --key witness.key
npx sallyport witness run --config witness.yaml
\`\`\`

\`\`\`yaml
# witness.yaml
witnessKeyFile: witness.key
stateFolder: /var/lib/sallyport-witness
host: 0.0.0.0
port: 8444
certFile: fullchain.pem # without certFile and keyFile, one of a local authority
keyFile: privkey.pem
logs: # the key of each log
  - sms.example.com/audit+0123abcd+AQ…
\`\`\`

The other side names it in its settings:

\`\`\`yaml
audit:
  witnesses:
    - https://witness.example:8444/ witness.example+89abcdef+BA…
\`\`\`

Its state folder must not be restored from a backup: what it forgot it can be made to contradict. A checkpoint counts as
witnessed when \`audit.witnessQuorum\` witnesses have cosigned it. \`GET /v1/audit/checkpoint/witnessed\` is the latest such one, and
\`audit export\` writes it as \`checkpoint.witnessed\`; a \`.tlog-proof\` is by a cosigned checkpoint where one covers the entry,
and \`audit check-proof --witnesses KEY,KEY\` demands it. Ten minutes without
one are the alarm \`not_witnessed\`; ten minutes without a cosignature of one of them \`witness_late\`; a witness that has seen
a longer log, or another one, \`witness_contradicts\`; a receiver that is away, or a minute behind, for five minutes
\`export_late\`. Each is in the log as \`alarm.raised\` and at its end as \`alarm.ended\`; \`status\` shows those that stand.
`;

if (import.meta.main) writeFileSync(auditExportFile, auditExportPage());
