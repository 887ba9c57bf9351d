import type { Clock } from '../../base/clock.ts';
import { idText } from '../../base/id.ts';
import { decodeText } from '../../wire/text/encode.ts';
import { readHeader } from '../../wire/text/user-data-header.ts';
import { partOf } from '../inbound/numbered.ts';
import type { Notice } from './notice.ts';
import type { Poster, PostOutcome } from './post.ts';
import { signWebhook } from './sign.ts';
import type { Webhooks } from './webhooks.ts';

/** Tells applications over HTTPS: Standard Webhooks (https://www.standardwebhooks.com). */
export class WebhookTeller {
  readonly #webhooks: Webhooks;
  readonly #poster: Poster;
  readonly #clock: Clock;

  constructor(webhooks: Webhooks, poster: Poster, clock: Clock) {
    this.#webhooks = webhooks;
    this.#poster = poster;
    this.#clock = clock;
  }

  get room(): number {
    return this.#poster.room;
  }

  has(accountId: number): boolean {
    return this.#webhooks.of(accountId) !== null || this.#webhooks.isRefused(accountId);
  }

  tell(notice: Notice): Promise<PostOutcome> {
    const webhook = this.#webhooks.of(notice.accountId);
    if (!webhook && this.#webhooks.isRefused(notice.accountId))
      return Promise.resolve({ kind: 'retry', reason: 'changed_outside' });
    if (!webhook) return Promise.resolve({ kind: 'gone' });
    const body = JSON.stringify(payload(notice));
    const id = `${idText(notice.messageId)}.${notice.state}`;
    return this.#poster.post({
      url: webhook.url,
      headers: { ...signWebhook([webhook.key], id, this.#clock.now(), body) },
      body,
    });
  }
}

function payload(notice: Notice): object {
  const { content } = notice;
  const part = content && partOf(content);
  const about = { id: idText(notice.messageId), state: notice.state, reference: notice.reference };
  return {
    type: `message.${notice.state}`,
    timestamp: new Date(notice.doneAtMs).toISOString(),
    data: content
      ? {
          ...about,
          from: `+${notice.handset}`,
          to: notice.sender,
          ...wordsOf(content),
          ...(part && { part }),
        }
      : { ...about, code: notice.code },
  };
}

/** The text of a message; where there is none that can be read, its octets as they came. */
function wordsOf(content: NonNullable<Notice['content']>): object {
  const text = textOf(content);
  if (text !== null) return { text };
  const { octets, dataCoding, hasHeader } = content;
  return { text, encoding: 'base64', dataCoding, hasHeader, data: octets.toString('base64') };
}

/** It stands behind its user data header, in the tables that this names. A header that hides it all is no header. */
function textOf({ octets, dataCoding, hasHeader }: NonNullable<Notice['content']>): string | null {
  if (!hasHeader) return decodeText(octets, dataCoding);
  const { bytes, shifts, flaw } = readHeader(octets);
  return flaw === 'longer than the message' ? null : decodeText(octets.subarray(bytes), dataCoding, { shifts });
}
