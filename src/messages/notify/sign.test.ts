import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Webhook } from 'standardwebhooks';
import { systemClock } from '../../base/clock.ts';
import { systemEntropy } from '../../base/entropy.ts';
import { Secret } from '../../base/secret.ts';
import { newWebhookSecret, signWebhook, webhookKey } from './sign.ts';

const body = '{"type":"message.delivered","reference":"Größe 10 €"}';

const secretOf = (byteCount: number) => new Secret(`whsec_${Buffer.alloc(byteCount, 7).toString('base64')}`);

test('the reference library accepts what is signed with a new secret', () => {
  const secret = newWebhookSecret(systemEntropy);
  const signed = signWebhook([webhookKey(secret)!], 'msg_1', systemClock.now(), body);
  assert.deepEqual(new Webhook(secret.reveal()).verify(body, { ...signed }), JSON.parse(body));
});

test('the reference library refuses another body, another id and another time', () => {
  const secret = newWebhookSecret(systemEntropy);
  const nowMs = systemClock.now();
  const signed = signWebhook([webhookKey(secret)!], 'msg_1', nowMs, body);
  const referee = new Webhook(secret.reveal());
  assert.throws(() => referee.verify(`${body} `, { ...signed }), /No matching signature/);
  assert.throws(() => referee.verify(body, { ...signed, 'webhook-id': 'msg_2' }), /No matching signature/);
  const late = signWebhook([webhookKey(secret)!], 'msg_1', nowMs - 600_000, body);
  assert.throws(() => referee.verify(body, { ...late }), /too old/);
});

test('while a secret is replaced, both the old and the new one verify', () => {
  const [old, fresh] = [newWebhookSecret(systemEntropy), newWebhookSecret(systemEntropy)];
  const keys = [webhookKey(old)!, webhookKey(fresh)!];
  const signed = { ...signWebhook(keys, 'msg_1', systemClock.now(), body) };
  for (const secret of [old, fresh]) {
    assert.deepEqual(new Webhook(secret.reveal()).verify(body, signed), JSON.parse(body));
  }
});

test('a vector of the Standard Webhooks specification', () => {
  const key = webhookKey(new Secret('whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'))!;
  const signed = signWebhook([key], 'msg_p5jXN8AQM9LWM0D4loKWxJek', 1_614_265_330_999, '{"test": 2432232314}');
  assert.deepEqual(signed, {
    'webhook-id': 'msg_p5jXN8AQM9LWM0D4loKWxJek',
    'webhook-timestamp': '1614265330',
    'webhook-signature': 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
  });
});

test('a secret is whsec_ and 24 to 64 bytes', () => {
  assert.equal(webhookKey(secretOf(24))?.length, 24);
  assert.equal(webhookKey(secretOf(64))?.length, 64);
  assert.equal(webhookKey(secretOf(23)), null);
  assert.equal(webhookKey(secretOf(65)), null);
  assert.equal(webhookKey(new Secret(Buffer.alloc(32).toString('base64'))), null);
  assert.equal(webhookKey(new Secret('whsec_not base64 at all, not even nearly!!')), null);
});
