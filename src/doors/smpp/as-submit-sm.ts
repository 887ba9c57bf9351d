import type { DecodeFault } from '../../wire/smpp/fields.ts';
import { MessageView } from '../../wire/smpp/message-view.ts';
import { PduWriter } from '../../wire/smpp/pdu-writer.ts';
import { type PduFields, pdus } from '../../wire/smpp/pdus.ts';
import type { Tlvs } from '../../wire/smpp/tlvs.ts';

const view = new MessageView();
const { short_message: shortMessage } = pdus.submit_sm;

/**
 * The submit_sm that says the same as another PDU that hands in a message, so that there is one way to read what is handed
 * in. The view is the next caller's.
 */
export function asSubmitSm(fields: Partial<PduFields<'submit_sm'>>, tlvs: Tlvs): MessageView | DecodeFault {
  const writer = new PduWriter(() => {});
  const { short_message: text = Buffer.alloc(0), ...others } = fields;
  // SMPP 5.0 allows one octet more than is written here.
  const isLong = text.length > shortMessage.max && tlvs.message_payload === undefined;
  const payload = isLong ? { message_payload: text } : {};
  const short = isLong ? Buffer.alloc(0) : text;
  writer.write('submit_sm', 0, 1, { ...others, short_message: short }, { ...tlvs, ...payload });
  const bytes = Buffer.concat(writer.take());
  return view.read(bytes, 0, bytes.length) ?? view;
}
