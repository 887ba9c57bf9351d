import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { FaultError } from '../../src/base/fault.ts';
import { allSettings, type Environment, loadSettings } from '../../src/config/index.ts';
import { exampleFile, generatedFiles } from '../../tools/settings-reference.ts';

const SECRET_ADDRESS = 'postgres://gateway:hunter2@db.example/sallyport';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sallyport-settings-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const written = (yaml: string): string => {
  const file = join(folder, 'gateway.yaml');
  writeFileSync(file, yaml);
  return file;
};

const load = (yaml: string, environment: Environment = {}) =>
  loadSettings({ ...environment, SALLYPORT_CONFIG: written(yaml) });

/** What is said about settings that cannot be used, without the folder of this test. */
function mistakes(yaml: string, environment: Environment = {}): string[] {
  try {
    load(yaml, environment);
  } catch (error) {
    assert.ok(error instanceof FaultError);
    assert.equal(error.fault.code, 'invalid_setting');
    return error.message.replaceAll(`${folder}/`, '').split('\n');
  }
  return [];
}

/** A quorum of two, of these witnesses. */
const twoOf = (...witnesses: readonly string[]) =>
  `audit:\n  witnessQuorum: 2\n  witnesses:\n${witnesses.map((one) => `    - ${one}\n`).join('')}`;

describe('settings', () => {
  it('are the defaults of the table where nothing is set', () => {
    const settings = load('');
    assert.equal(settings.api.port, 8443);
    assert.equal(settings.smpp.plainPort, 2775);
    assert.equal(settings.databaseUrl, null);
    assert.deepEqual(settings.webhook.allowNetworks, []);
  });

  it('come from the file, and from the environment before it', () => {
    const yaml = 'logLevel: debug\napi:\n  host: 0.0.0.0\n  port: 9443\nwebhook:\n  allowNetworks: [10.0.0.0/8]\n';
    const settings = load(yaml, { SALLYPORT_API_PORT: '0', SALLYPORT_WEBHOOK_RETRY_SECONDS: '0, 5', HOME: '/root' });
    assert.equal(settings.logLevel, 'debug');
    assert.deepEqual(settings.api, { host: '0.0.0.0', port: 0 });
    assert.deepEqual(settings.webhook, { allowNetworks: ['10.0.0.0/8'], retrySeconds: [0, 5] });
  });

  it('leave the default where a value or a variable is empty', () => {
    assert.equal(load('logLevel:\napi:\n', { SALLYPORT_API_PORT: '' }).api.port, 8443);
  });

  it('know a port that is off', () => {
    assert.equal(load('smpp:\n  plainPort: off').smpp.plainPort, null);
    assert.equal(load('', { SALLYPORT_SMPP_PLAIN_PORT: 'off' }).smpp.plainPort, null);
  });

  it('keep a secret to themselves', () => {
    const settings = load('', { DATABASE_URL: SECRET_ADDRESS });
    assert.equal(settings.databaseUrl?.reveal(), SECRET_ADDRESS);
    assert.doesNotMatch(JSON.stringify(settings), /hunter2/);
  });

  it('tell every mistake at once, each with its place', () => {
    const yaml =
      'api:\n  port: 70000\n  prot: 1\nsmpp: 3\nlogLevel: loud\ndatabaseUrl: hunter2\nwebhook:\n  allowNetworks: [10.0.0.0/33]\n';
    assert.deepEqual(
      mistakes(yaml, { SALLYPORT_SMPP_WINDOW: 'many', SALLYPORT_SMTP_PORT: '25', DATABASE_URL: 'hunter2' }),
      [
        'gateway.yaml:2:3 api.port must be an integer from 0 to 65535',
        'gateway.yaml:3:3 api.prot is not a setting',
        'gateway.yaml:4:7 smpp must be a map of settings',
        'gateway.yaml:5:1 logLevel must be one of debug, info, warn, error',
        'gateway.yaml:6:1 databaseUrl must be an address like postgres://user:password@host:5432/database',
        'gateway.yaml:8:3 webhook.allowNetworks must be a list of up to 100 networks like 10.0.0.0/8 or fd00::/8',
        'DATABASE_URL must be an address like postgres://user:password@host:5432/database',
        'SALLYPORT_SMPP_WINDOW must be an integer from 1 to 10000',
        'SALLYPORT_SMTP_PORT is not a setting',
      ],
    );
  });

  it('refuse a file that is not YAML, without quoting it', () => {
    assert.deepEqual(mistakes(`databaseUrl: "${SECRET_ADDRESS}\n`), [
      'gateway.yaml:2:1 this is not valid YAML (missing char)',
    ]);
    assert.deepEqual(mistakes('api: {}\napi: {}\n'), ['gateway.yaml:2:1 this is not valid YAML (duplicate key)']);
    assert.deepEqual(mistakes('- api\n'), ['gateway.yaml:1:1 the file must be a map of settings']);
  });

  it('refuse aliases', () => {
    assert.deepEqual(mistakes('api: &api {}\nsmpp: *api\nlogLevel: *none'), [
      'gateway.yaml:2:7 settings are written out, without aliases',
      'gateway.yaml:3:11 settings are written out, without aliases',
    ]);
  });

  it('refuse half a key pair', () => {
    assert.deepEqual(mistakes('tls:\n  certFile: a.pem'), [
      'tls.certFile and tls.keyFile belong together: set both or neither',
    ]);
  });

  it('refuse a quorum of more witnesses than there are, counted by their names', () => {
    const witness = 'https://witness.example/ witness.example+0123abcd+BAAA';
    const words = ['audit.witnessQuorum is 2 and audit.witnesses names 1: they could never be enough'];
    assert.deepEqual(mistakes(twoOf(witness)), words);
    assert.deepEqual(mistakes(twoOf(witness, witness)), words);
    assert.deepEqual(mistakes(twoOf(witness, witness.replace(' witness', ' other'))), []);
    assert.deepEqual(mistakes('audit:\n  witnessQuorum: 2\n'), [words[0]!.replace('names 1', 'names 0')]);
    assert.deepEqual(mistakes('audit:\n  witnessQuorum: 1\n'), []);
  });

  it('refuse a named file that is not there', () => {
    assert.throws(() => loadSettings({ SALLYPORT_CONFIG: join(folder, 'none.yaml') }), /cannot be read \(ENOENT\)/);
  });

  it('have defaults that are values of their kind', () => {
    for (const { name, setting } of allSettings) {
      if (setting.default !== null) assert.deepEqual(setting.kind.read(setting.default), setting.default, name);
    }
  });

  it('have names of their own', () => {
    const names = allSettings.flatMap((row) => [row.name, row.environment]);
    assert.equal(new Set(names).size, names.length);
  });
});

describe('what is made from the table of settings', () => {
  for (const [file, text] of Object.entries(generatedFiles())) {
    it(`${file} is up to date (node tools/settings-reference.ts)`, () => {
      assert.equal(readFileSync(join(import.meta.dirname, '../..', file), 'utf8'), text);
    });
  }

  it('the example file is a settings file, with and without its marks', () => {
    assert.deepEqual(load(exampleFile()), load(''));
    assert.deepEqual(load(exampleFile().replaceAll(/^( *)# (\w+:( \S.*)?)$/gm, '$1$2')), load(''));
  });
});
