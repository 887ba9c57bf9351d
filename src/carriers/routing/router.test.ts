import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type RouteQuestion, type RouteRule, Router } from './router.ts';

const any: RouteRule = { prefix: '', sender: null, class: null, accountId: null, carriers: ['any'] };
const question: RouteQuestion = { to: '447700900123', from: '12345', class: 'otp', accountId: 7 };
const others: RouteQuestion = { to: '12025550143', from: '54321', class: 'marketing', accountId: 8 };

/** Every way to be for the question or for any message, the most particular first. */
const ladder: readonly RouteRule[] = ['44770', '44', ''].flatMap((prefix) =>
  [question.from, null].flatMap((sender) =>
    [question.class, null].flatMap((messageClass) =>
      [question.accountId, null].map((accountId) => ({
        prefix,
        sender,
        class: messageClass,
        accountId,
        carriers: [[prefix, sender, messageClass, accountId].join('/')],
      })),
    ),
  ),
);

/** What a router must answer, said the slow way: of the rules that fit, the first of the ladder. */
const fits = (rule: RouteRule, asked: RouteQuestion): boolean =>
  asked.to.startsWith(rule.prefix) &&
  [rule.sender ?? asked.from, rule.class ?? asked.class, rule.accountId ?? asked.accountId].join() ===
    [asked.from, asked.class, asked.accountId].join();

describe('the route of a message', () => {
  it('is none where there are no routes, or none that fits', () => {
    assert.equal(new Router([]).find(question), null);
    assert.equal(new Router([{ ...any, prefix: '49' }]).find(question), null);
    assert.equal(new Router([{ ...any, prefix: '4477009001234' }]).find(question), null);
  });

  it('is that of the whole number where there is one', () => {
    const rule = { ...any, prefix: question.to };
    assert.equal(new Router([any, rule]).find(question), rule);
  });

  it('is the most particular of those left, whichever is taken away and in whatever order they came', () => {
    for (let from = 0; from < ladder.length; from++) {
      const left = ladder.slice(from);
      assert.equal(new Router(left).find(question), left[0]);
      assert.equal(new Router(left.toReversed()).find(question), left[0]);
    }
  });

  it('is one that fits, for every question that differs in some way', () => {
    const router = new Router(ladder);
    for (let bits = 0; bits < 16; bits++) {
      const asked: RouteQuestion = {
        to: bits & 8 ? others.to : question.to,
        from: bits & 4 ? others.from : question.from,
        class: bits & 2 ? others.class : question.class,
        accountId: bits & 1 ? others.accountId : question.accountId,
      };
      assert.equal(router.find(asked), ladder.find((rule) => fits(rule, asked)) ?? null);
    }
  });

  it('passes over what a longer prefix says of others', () => {
    const narrow = { ...any, prefix: '44770', sender: others.from };
    const wide = { ...any, prefix: '4' };
    assert.equal(new Router([narrow, wide]).find(question), wide);
  });
});
