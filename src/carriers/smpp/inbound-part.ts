import type { MessageView } from '../../wire/smpp/message-view.ts';
import type { InboundPart } from '../carrier.ts';

/** UDHI of esm_class, SMPP 3.4 §5.2.12. */
export const USER_DATA_HEADER = 0x40;

/** A deliver_sm that is a message from a handset. */
export const inboundPart = (view: MessageView): InboundPart => ({
  handset: view.source,
  to: view.destination,
  dataCoding: view.dataCoding,
  hasHeader: (view.esmClass & USER_DATA_HEADER) !== 0,
  octets: view.copyText(),
  protocolId: view.protocolId,
  tlvs: null,
  place: null,
});
