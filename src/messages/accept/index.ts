import type { RiverContext } from '../context.ts';
import type { Draft } from '../message.ts';
import { stage } from '../stage.ts';
import { allowKinds } from './allow-kinds.ts';
import { authorizeSender } from './authorize-sender.ts';
import { chooseCarrier } from './choose-carrier.ts';
import { encodeContent } from './encode-content.ts';
import { findCodeKey } from './find-code-key.ts';
import { keepTime } from './keep-time.ts';
import { meetRecipient } from './meet-recipient.ts';
import { normalizeNumber } from './normalize-number.ts';
import { sealAndStore } from './seal-and-store.ts';

/** From a submission to the durable line. */
export const accept = stage<RiverContext, Draft>()
  .step(normalizeNumber)
  .step(authorizeSender)
  .step(keepTime)
  .step(chooseCarrier)
  .step(encodeContent)
  .step(allowKinds)
  .gather(meetRecipient)
  .gather(findCodeKey)
  .step(sealAndStore);
