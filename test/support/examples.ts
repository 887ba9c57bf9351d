import type { CommandName } from '../../src/wire/smpp/commands.ts';
import type { TlvName } from '../../src/wire/smpp/tlvs.ts';
import { type Example, type ExamplesOf, handset, plain, shortCode } from './example-fields.ts';
import { messageExamples } from './example-messages.ts';
import { operationExamples } from './example-operations.ts';
import { sessionExamples } from './example-sessions.ts';
import { exampleTlvs } from './example-tlvs.ts';

/** Example PDUs: they feed the round trip, the reader in place, the broken-input tests and the referee. */
export type ExamplePdu = { [Name in CommandName]: Example<Name> & { readonly command: Name } }[CommandName];

const byCommand: ExamplesOf<CommandName> = { ...sessionExamples, ...messageExamples, ...operationExamples };

const data = { service_type: '', ...shortCode, ...handset, esm_class: 0, registered_delivery: 0, data_coding: 0 };
const dataWith = { ...plain, command: 'data_sm', fields: data } as const;

/** Each TLV alone, and all of them together. */
const withTlvs: readonly ExamplePdu[] = [
  ...(Object.keys(exampleTlvs) as TlvName[]).map((name) => ({
    ...dataWith,
    title: `data with ${name}`,
    tlvs: { [name]: exampleTlvs[name] },
  })),
  { ...dataWith, title: 'data with every TLV', tlvs: exampleTlvs },
];

export const examplePdus: readonly ExamplePdu[] = [
  ...Object.entries(byCommand).flatMap(([command, examples]) =>
    examples.map((example) => ({ ...example, command }) as ExamplePdu),
  ),
  ...withTlvs,
];
