import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readScript } from './script.ts';

const mistakesOf = (source: string) => readScript(source).mistakes;

test('an empty script is sound', () => {
  assert.deepEqual(readScript(''), { script: {}, mistakes: [] });
});

test('a script is read as it is written', () => {
  const { script, mistakes } = readScript("behave: [throttles]\nrules:\n  - to: '1202'\n    answer: { delayMs: 10 }\n");
  assert.deepEqual(mistakes, []);
  assert.deepEqual(script, { behave: ['throttles'], rules: [{ to: '1202', answer: { delayMs: 10 } }] });
});

test('each mistake says where it is', () => {
  const cases: readonly (readonly [source: string, said: RegExp])[] = [
    ['answer: [', /^line 1: this is not valid YAML/],
    ['anser: {}', /^anser: there is no such thing to say here$/],
    ['answer: { delayMs: soon }', /^answer\.delayMs: must be integer$/],
    ['answer: { status: ESME_RNONSENSE }', /^answer\.status: must be one of ESME_ROK, /],
    ['rules: [{ nth: 0 }]', /^rules\.0\.nth: /],
    ['behave: [nonsense]', /^behave: there is no behaviour "nonsense"$/],
    ['rules: [{ behave: [nonsense] }]', /^behave: there is no behaviour "nonsense"$/],
    ['answer: &a { delayMs: 1 }\nreceipt: *a', /^a script is written out, without aliases$/],
    ['- a list', /^the script: /],
  ];
  for (const [source, said] of cases) assert.match(mistakesOf(source)[0] ?? '', said, source);
});
