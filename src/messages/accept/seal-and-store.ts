import { on, type Verdict } from '../../base/verdict.ts';
import type { RiverContext } from '../context.ts';
import { sendDue } from '../dispatch/outcome.ts';
import type { Sealable } from '../message.ts';
import { AT_ONCE, MT, SCHEDULED, WAITS, writeDue, writeMessage } from '../write-store.ts';

/** Seals the text straight into the batch that is gathering. What the batch promises, the message promises. */
export function sealAndStore(message: Sealable, context: RiverContext): Verdict<Sealable> {
  const handOff = place(message, context);
  writeMessage(context, message, { carrierId: message.outlet.carrierId, direction: MT, handOff });
  context.writer.add(message);
  return on(message);
}

function place(message: Sealable, { writer }: RiverContext): number {
  if (message.sendAtMs > 0) {
    const { content } = message.submission;
    const code = content.kind === 'octets' ? content.dataCoding : 0;
    writeDue(writer, { ...sendDue(message, message.sendAtMs), code });
    return SCHEDULED;
  }
  message.outlet.place(message);
  return message.goesAtOnce ? AT_ONCE : WAITS;
}
