import { createHmac } from 'node:crypto';
import type { Entropy } from '../../base/entropy.ts';
import { Secret } from '../../base/secret.ts';

/** The three headers of a signed notice: https://www.standardwebhooks.com, "Signature scheme". */
export interface SignedHeaders {
  readonly 'webhook-id': string;
  /** Unix seconds. A receiver refuses what is five minutes off: sign each attempt anew. */
  readonly 'webhook-timestamp': string;
  /** One `v1,<base64>` for each live secret, separated by spaces. */
  readonly 'webhook-signature': string;
}

const PREFIX = 'whsec_';
const NEW_KEY_BYTES = 32;
const KEY_BYTES_MIN = 24;
const KEY_BYTES_MAX = 64;
const MS_PER_SECOND = 1000;

/** A new secret to share with the receiver: `whsec_` and 32 random bytes in base64. */
export function newWebhookSecret(entropy: Entropy): Secret {
  const key = entropy.fill(Buffer.alloc(NEW_KEY_BYTES));
  return new Secret(PREFIX + key.toString('base64'));
}

/** The HMAC key of a secret; null where the secret is not `whsec_` and 24 to 64 bytes in base64. */
export function webhookKey(secret: Secret): Buffer | null {
  const text = secret.reveal();
  if (!text.startsWith(PREFIX)) return null;
  const encoded = text.slice(PREFIX.length);
  const key = Buffer.from(encoded, 'base64');
  if (key.toString('base64') !== encoded) return null;
  return key.length >= KEY_BYTES_MIN && key.length <= KEY_BYTES_MAX ? key : null;
}

/**
 * Signs one attempt at a notice. `id` is the same at every attempt, so that a receiver can tell a repetition. More than
 * one key is given while a secret is being replaced.
 */
export function signWebhook(keys: readonly Buffer[], id: string, nowMs: number, body: string): SignedHeaders {
  const timestamp = String(Math.floor(nowMs / MS_PER_SECOND));
  const signed = `${id}.${timestamp}.${body}`;
  const signatures = keys.map((key) => `v1,${createHmac('sha256', key).update(signed).digest('base64')}`);
  return { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': signatures.join(' ') };
}
