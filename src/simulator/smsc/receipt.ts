import { formatReceipt, type ReceiptState, receiptStates } from '../../wire/smpp/receipt-text.ts';
import type { Tlvs } from '../../wire/smpp/tlvs.ts';
import type { IdForm, ReceiptForm } from './conduct.ts';

const LONG_ID = 64;
const PADDED_ID = 20;

/** The message_id of the n-th message, in the clothes that are wanted. */
export function idText(number: number, form: IdForm): string {
  const hex = number.toString(16);
  switch (form) {
    case 'text':
      return `sim-${number.toString(36)}`;
    case 'decimal':
      return String(number);
    case 'hex':
      return hex;
    case 'upper case hex':
      return hex.toUpperCase();
    case 'leading zeros':
      return String(number).padStart(PADDED_ID, '0');
    case 'long':
      return hex.padStart(LONG_ID, 'f');
    default:
      return form satisfies never;
  }
}

export interface Told {
  readonly id: string;
  readonly state: ReceiptState;
  readonly atMs: number;
}

/** YYYYMMDDhhmmss in UTC. */
const longDate = (ms: number): string => new Date(ms).toISOString().replace(/\D/g, '').slice(0, 14);

/** How SMSCs of several makers write the same receipt. */
const forms: Readonly<Record<ReceiptForm, (told: Told) => { readonly text: string; readonly tlvs: Tlvs | null }>> = {
  ordinary: (told) => ({ text: plainText(told), tlvs: tlvsOf(told) }),
  'lower case': (told) => ({
    text: plainText(told).replace(`stat:${told.state}`, `stat:${told.state.toLowerCase()}`),
    tlvs: null,
  }),
  'four-digit years': (told) => ({ text: dated(told, longDate(told.atMs).slice(0, 12)), tlvs: null }),
  seconds: (told) => ({ text: dated(told, longDate(told.atMs).slice(2)), tlvs: null }),
  'missing fields': ({ id, state }) => ({ text: `id:${id} stat:${state}`, tlvs: null }),
  'TLVs only': (told) => ({ text: '', tlvs: tlvsOf(told) }),
  'another order': ({ id, state }) => ({ text: `stat:${state} err:000 id:${id} sub:001 dlvrd:001 text:`, tlvs: null }),
};

const tlvsOf = ({ id, state }: Told): Tlvs => ({
  receipted_message_id: id,
  message_state: receiptStates[state].number,
});

const plainText = ({ id, state, atMs }: Told): string =>
  formatReceipt({ messageId: id, submittedAtMs: atMs, doneAtMs: atMs, state, error: '000', text: '' });

const dated = ({ id, state }: Told, date: string): string =>
  `id:${id} sub:001 dlvrd:001 submit date:${date} done date:${date} stat:${state} err:000 text:`;

export const receiptForms = Object.keys(forms) as readonly ReceiptForm[];

export const receiptOf = (told: Told, form: ReceiptForm) => forms[form](told);
