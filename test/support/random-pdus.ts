import { never } from '../../src/base/must.ts';
import { type CommandName, commands, isResponse } from '../../src/wire/smpp/commands.ts';
import type { BodyField, CountedList, TlvField } from '../../src/wire/smpp/fields.ts';
import { pdus } from '../../src/wire/smpp/pdus.ts';
import { type TlvName, type Tlvs, tlvName, tlvs as tlvTable } from '../../src/wire/smpp/tlvs.ts';
import type { ExamplePdu } from './examples.ts';

/** Random numbers below a bound, the same for the same seed: a linear congruential generator. */
export type Dice = (below: number) => number;

export function diceFrom(seed: number): Dice {
  let state = seed >>> 0;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 0x1_0000_0000) * below);
  };
}

const PAYLOAD_MAX = 2000;

/** A length within bounds; each end is as likely as all that lies between. */
function lengthWithin(dice: Dice, min: number, max: number): number {
  const where = dice(3);
  if (where === 0) return min;
  return where === 1 ? max : min + dice(max - min + 1);
}

const octetsOf = (dice: Dice, length: number): Buffer => Buffer.from(Array.from({ length }, () => dice(256)));

/** Every octet but NUL may stand in a C-Octet String. */
const textOf = (dice: Dice, length: number): string =>
  Buffer.from(Array.from({ length }, () => 1 + dice(255))).toString('latin1');

function randomValue(dice: Dice, field: BodyField | TlvField): unknown {
  switch (field.kind) {
    case 'u8':
    case 'u16':
    case 'u32':
      return dice(2 ** (8 * field.bytes));
    case 'cString':
      return textOf(dice, lengthWithin(dice, 0, field.max - 1));
    case 'countedOctets':
      return octetsOf(dice, lengthWithin(dice, 0, field.max));
    case 'octets':
      return octetsOf(dice, lengthWithin(dice, field.min, Math.min(field.max, PAYLOAD_MAX)));
    case 'list':
      return Array.from({ length: lengthWithin(dice, field.min, field.max) }, () => itemOf(dice, field.items));
    default:
      return never(field);
  }
}

type Body = Readonly<Record<string, BodyField>>;

const valuesOf = (dice: Dice, body: Body): Record<string, unknown> =>
  Object.fromEntries(Object.entries(body).map(([name, field]) => [name, randomValue(dice, field)]));

function itemOf(dice: Dice, items: CountedList['items']): object {
  if ('fields' in items) return valuesOf(dice, items.fields);
  const forms = Object.entries(items.forms);
  const [flag, fields] = forms[dice(forms.length)]!;
  return { [items.flag]: Number(flag), ...valuesOf(dice, fields) };
}

function unknownTlv(dice: Dice): { tag: number; value: Buffer } {
  let tag = dice(0x1_0000);
  while (tlvName(tag) !== null) tag = dice(0x1_0000);
  return { tag, value: octetsOf(dice, dice(40)) };
}

/** Some TLVs of the table, and some that it does not know: even with all of them no more than a PDU may have. */
function tlvsOf(dice: Dice): Tlvs {
  const names = (Object.keys(tlvTable) as TlvName[]).filter(() => dice(8) === 0);
  const known = names.map((name) => {
    const { value, repeats } = tlvTable[name];
    const one = () => randomValue(dice, value);
    return [name, repeats ? Array.from({ length: 1 + dice(3) }, one) : one()];
  });
  const unknown = Array.from({ length: dice(4) }, () => unknownTlv(dice));
  const tlvs: Tlvs = Object.fromEntries(known);
  return unknown.length === 0 ? tlvs : { ...tlvs, unknown };
}

/** A PDU of this command, every value within its bounds. */
export function randomPdu(dice: Dice, command: CommandName): ExamplePdu {
  const status = isResponse(commands[command]) && dice(4) === 0 ? 1 + dice(0x500) : 0;
  const tlvs = tlvsOf(dice);
  const body: Body = pdus[command];
  const title = `a random ${command}`;
  // An error without TLVs has no body.
  const fields = status === 0 || Object.keys(tlvs).length > 0 ? valuesOf(dice, body) : emptyOf(body);
  return { title, command, status, sequence: 1 + dice(0x7fff_ffff), fields, tlvs } as ExamplePdu;
}

const emptyValues = { u8: 0, u16: 0, u32: 0, cString: '', countedOctets: Buffer.alloc(0), list: [] } as const;

const emptyOf = (body: Body): Record<string, unknown> =>
  Object.fromEntries(Object.entries(body).map(([name, { kind }]) => [name, emptyValues[kind]]));
