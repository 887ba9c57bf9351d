import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { breachesOf, breachText } from '../../tools/import-rules.ts';

const rulesBroken = (file: string, source: string): string[] => breachesOf(file, source).map(breachText);

/** File, what stands in it, and what is found, or null where it is allowed. */
type Case = readonly [file: string, source: string, found: string | null];

const IMPORTS: readonly Case[] = [
  ['src/vault/seal.ts', `import { must } from '../base/must.ts';`, null],
  ['src/vault/seal.ts', `import { open } from './open.ts';`, null],
  ['src/transport/link.ts', `import { read } from '../wire/smpp/fields.ts';`, null],
  ['src/messages/contract.ts', `import type { Credential } from '../access/index.ts';`, null],
  ['src/messages/accept/seal.ts', `import type { Keys } from '../../vault/index.ts';`, null],
  ['src/doors/cli/version.ts', `import manifest from '../../../package.json' with { type: 'json' };`, null],
  ['src/main.ts', `import { api } from './doors/api/index.ts';`, null],
  ['src/main.ts', `import { start } from './start.ts';`, null],
  ['src/vault/seal.test.ts', `import { clock } from '../../test/support/clock.ts';`, null],
  ['src/vault/seal.ts', `// import { x } from '../main.ts';\n/* from '../audit/index.ts' */`, null],
  [
    'src/base/id.ts',
    `\nimport { pool } from '../store/index.ts';`,
    'src/base/id.ts:2 base -> store: imports go downwards: store stands above base',
  ],
  [
    'src/config/load.ts',
    `import type { Pool } from '../store/index.ts';`,
    'src/config/load.ts:1 config -> store: config and store do not know one another',
  ],
  [
    'src/wire/smpp/pdu.ts',
    `export { link } from '../../transport/index.ts';`,
    'src/wire/smpp/pdu.ts:1 wire -> transport: wire and transport do not know one another',
  ],
  [
    'src/consent/check.ts',
    `import { find } from '../access/index.ts';`,
    'src/consent/check.ts:1 consent -> access: consent and access do not know one another',
  ],
  [
    'src/doors/smpp/bind.ts',
    `import { route } from '../api/index.ts';`,
    'src/doors/smpp/bind.ts:1 doors/smpp -> doors/api: doors/smpp and doors/api do not know one another',
  ],
  [
    'src/carriers/route.ts',
    `const states = await import('../messages/index.ts');`,
    'src/carriers/route.ts:1 carriers -> messages: imports go downwards: messages stands above carriers',
  ],
  [
    'src/doors/cli/start.ts',
    `import { start } from '../../start.ts';`,
    'src/doors/cli/start.ts:1 doors/cli -> main: imports go downwards: main stands above doors/cli',
  ],
  [
    'src/messages/river.ts',
    `import {\n  type Keyring,\n} from '../vault/keyring.ts';`,
    'src/messages/river.ts:3 messages -> vault: vault is reached through its index.ts',
  ],
  [
    'src/vault/seal.ts',
    `import { clock } from '../../test/support/clock.ts';`,
    'src/vault/seal.ts:1 vault -> test/support/clock.ts: the source imports nothing from outside of src',
  ],
  [
    'src/vault/seal.ts',
    `import { trim } from '../utils/trim.ts';`,
    'src/vault/seal.ts:1 vault -> utils: utils stands on no shelf',
  ],
  ['src/utils/trim.ts', ``, 'src/utils/trim.ts:1 utils -> utils: every module of src stands on a shelf'],
];

const TIME = 'time and chance are parameters: only base reads clocks, sets timers and draws random bytes';
const ENVIRONMENT = 'only src/main.ts and config read the environment';
const SQL = 'SQL stands in *-store.ts files and in store only';

const WORDS: readonly Case[] = [
  ['src/base/clock.ts', 'const now = Date.now();', null],
  ['src/vault/seal.ts', '// Date.now would be wrong here\nsetImmediate(next); queueMicrotask(next);', null],
  ['src/vault/seal.ts', `throw new Error('Math.random is not for secrets');`, null],
  ['src/vault/seal.ts', 'const quote = /[\'"`]/; // setTimeout', null],
  ['src/config/load.ts', 'const env = process.env;', null],
  ['src/main.ts', 'const env = process.env;', null],
  ['src/store/migrate.ts', 'await pool.query(`SELECT 1`);', null],
  ['src/access/credentials-store.ts', `await pool.query('SELECT 1 AS one');`, null],
  ['src/doors/api/routes.ts', `route({ method: 'DELETE', url: '/v1/keys' });`, null],
  ['src/vault/seal.ts', 'const now = Date.now();', `src/vault/seal.ts:1 vault -> Date.now: ${TIME}`],
  ['src/vault/seal.ts', 'const now = new Date();', `src/vault/seal.ts:1 vault -> new Date(): ${TIME}`],
  ['src/vault/seal.ts', 'log(`at \x24{Date.now()}`);', `src/vault/seal.ts:1 vault -> Date.now: ${TIME}`],
  ['src/vault/seal.ts', '\nsetTimeout(stop, 10);', `src/vault/seal.ts:2 vault -> setTimeout: ${TIME}`],
  ['src/vault/seal.ts', 'const salt = randomBytes(16);', `src/vault/seal.ts:1 vault -> randomBytes: ${TIME}`],
  ['src/vault/seal.ts', 'const id = randomUUID();', `src/vault/seal.ts:1 vault -> randomUUID: ${TIME}`],
  ['src/vault/seal.ts', 'socket.setTimeout(0);', null],
  [
    'src/vault/seal.ts',
    'const signal = AbortSignal.timeout(9);',
    `src/vault/seal.ts:1 vault -> AbortSignal.timeout: ${TIME}`,
  ],
  [
    'src/vault/seal.ts',
    `import { x } from 'node:timers/promises';`,
    `src/vault/seal.ts:1 vault -> node:timers/promises: ${TIME}`,
  ],
  ['src/vault/seal.ts', 'const host = process.env.HOST;', `src/vault/seal.ts:1 vault -> process.env: ${ENVIRONMENT}`],
  ['src/vault/seal.ts', 'query(`\n  SELECT wrapped FROM key`);', `src/vault/seal.ts:1 vault -> SELECT w: ${SQL}`],
  ['src/messages/river.ts', `copy('COPY message FROM STDIN');`, `src/messages/river.ts:1 messages -> COPY m: ${SQL}`],
];

describe('the import rules', () => {
  for (const [file, source, found] of [...IMPORTS, ...WORDS]) {
    it(found ?? `${file} may say ${source.replaceAll('\n', ' ')}`, () => {
      assert.deepEqual(rulesBroken(file, source), found === null ? [] : [found]);
    });
  }
});
