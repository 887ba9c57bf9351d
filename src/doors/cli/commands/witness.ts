import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { parse } from 'yaml';
import { systemEntropy } from '../../../base/entropy.ts';
import { jsonLog } from '../../../base/log.ts';
import { command, exitCodes } from '../command.ts';
import { required, text } from '../options.ts';
import { json, line } from '../print.ts';
import { trouble } from '../trouble.ts';

const OWNER_ONLY = 0o600;
const SEED_BYTES = 32;

const witnessKeygen = command({
  name: 'witness keygen',
  summary: 'Make the key of a witness, and print what logs need to know of it.',
  about: ['The key is written to a new file that its owner only can read. An existing file is left alone.'],
  options: {
    name: required(text('NAME', 'What the witness is called in its cosignatures, such as witness.example.')),
    key: required(text('FILE', 'Where the key is written.')),
  },
  example: 'witness keygen --name witness.example --key witness.key',
  async run({ values, stdout }) {
    const { formatSignerKey, formatVerifierKey, signerKey } = await import('../../../audit/index.ts');
    if (/[+\s]/u.test(values.name)) throw trouble('usage', 'A name has no space and no plus.');
    const seed = systemEntropy.fill(Buffer.alloc(SEED_BYTES));
    const key = signerKey('ed25519-cosignature', values.name, seed);
    seed.fill(0);
    await writeNew(values.key, `${formatSignerKey(key)}\n`);
    const shown = formatVerifierKey(key);
    if (values.json) json(stdout, { name: values.name, verifierKey: shown });
    else line(stdout, shown);
    return exitCodes.done;
  },
});

async function writeNew(path: string, content: string): Promise<void> {
  try {
    await using file = await open(path, 'wx', OWNER_ONLY);
    await file.writeFile(content);
    await file.sync();
  } catch (error) {
    const { code = 'unknown error' } = error as NodeJS.ErrnoException;
    throw trouble('file_unreadable', `The file of the key cannot be written (${code}).`);
  }
}

interface Config {
  readonly host: string;
  readonly port: number;
  readonly certFile: string | null;
  readonly keyFile: string | null;
  readonly stateFolder: string;
  readonly witnessKeyFile: string;
  readonly logs: readonly string[];
}

const CONFIG_WORDS =
  'Its file holds witnessKeyFile, stateFolder, logs (a list of keys of logs), and host, port, certFile and keyFile.';

function readConfig(path: string): Config {
  const given = readYaml(path);
  const word = (name: string): string | null => (typeof given[name] === 'string' ? given[name] : null);
  const { port = 0, logs } = given;
  const [stateFolder, witnessKeyFile] = [word('stateFolder'), word('witnessKeyFile')];
  const isSound = stateFolder !== null && witnessKeyFile !== null && Number.isInteger(port) && isWords(logs);
  if (!isSound) throw trouble('usage', `The file of the witness is incomplete. ${CONFIG_WORDS}`);
  const files = { certFile: word('certFile'), keyFile: word('keyFile') };
  return { host: word('host') ?? '127.0.0.1', port: Number(port), ...files, stateFolder, witnessKeyFile, logs };
}

const isWords = (value: unknown): value is string[] =>
  Array.isArray(value) && value.length > 0 && value.every((item) => typeof item === 'string');

function readYaml(path: string): Record<string, unknown> {
  const given: unknown = parse(readText(path, 'settings of the witness'));
  if (typeof given !== 'object' || given === null)
    throw trouble('usage', `That is no file of a witness. ${CONFIG_WORDS}`);
  return given as Record<string, unknown>;
}

function readText(path: string, what: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    const { code = 'unknown error' } = error as NodeJS.ErrnoException;
    throw trouble('file_unreadable', `The ${what} cannot be read (${code}).`);
  }
}

const witnessRun = command({
  name: 'witness run',
  summary: 'Be a witness: cosign the audit logs of others, and never two histories of one.',
  about: [
    'An HTTPS server (C2SP tlog-witness) that needs no gateway and no database. What it has cosigned stands in its state\nfolder: keep that, for a witness without memory can be shown another history. It ends with Ctrl-C.',
    CONFIG_WORDS,
  ],
  options: { config: required(text('FILE', 'Its settings, in YAML.')) },
  example: 'witness run --config witness.yaml',
  async run({ values, stdout, stderr, clock }) {
    const { Ledger, parseSignerKey, parseVerifierKey, Witness, WitnessServer } = await import(
      '../../../audit/index.ts'
    );
    const { serverTls } = await import('../../../transport/index.ts');
    const config = readConfig(values.config);
    const key = parseSignerKey(readText(config.witnessKeyFile, 'key of the witness').trim());
    if (key?.kind !== 'ed25519-cosignature') throw trouble('usage', 'witnessKeyFile holds no key of witness keygen.');
    const logs = config.logs.map((encoded) => {
      const known = parseVerifierKey(encoded);
      if (known === null) throw trouble('usage', 'One of the logs is not the key of a log.');
      return { origin: known.name, keys: [known] };
    });
    const log = jsonLog(
      (words) => stderr.write(words),
      () => clock.now(),
    );
    const { certFile, keyFile, stateFolder } = config;
    using ledger = await Ledger.open(stateFolder);
    const files = certFile !== null && keyFile !== null ? { certFile, keyFile } : null;
    const own = { folder: join(stateFolder, 'tls'), hostName: hostname(), entropy: systemEntropy };
    const tls = await serverTls({ ...own, files, clock, log });
    const witness = new Witness({ ledger, logs, keys: [key], clock });
    await using server = new WitnessServer({ witness, tls, log });
    const port = await server.listen(config.port, config.host);
    if (values.json) line(stdout, JSON.stringify({ port, authorityFile: tls.authorityFile }));
    else line(stdout, `The witness listens on ${config.host}:${port}. Ctrl-C ends it.`);
    await Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')]);
    tls.close();
    return exitCodes.done;
  },
});

const witnessSetAside = command({
  name: 'witness set-aside',
  summary: 'Have a witness go on with a log that was restored from a backup.',
  about: [
    'A witness refuses a log that is shorter than what it has cosigned, or another one. Where you know that it was\nrestored, and by whom, this sets aside what was cosigned: it stays in the state folder, as evidence. Stop the witness\nfirst.',
  ],
  options: {
    config: required(text('FILE', 'The settings of the witness, in YAML.')),
    log: required(text('NAME', 'The name of the log: what stands before the first + of its key.')),
  },
  example: 'witness set-aside --config witness.yaml --log sms.example.com/audit',
  async run({ values, stdout, clock }) {
    const { Ledger } = await import('../../../audit/index.ts');
    using ledger = await Ledger.open(readConfig(values.config).stateFolder);
    const found = await ledger.setAside(values.log, clock.now());
    if (found === null) throw trouble('usage', 'This witness has cosigned no log of that name.');
    if (values.json) json(stdout, found);
    else
      line(
        stdout,
        `What was cosigned of it, up to ${found.size} entries, is kept in ${found.file}: keep it with your records.`,
      );
    return exitCodes.done;
  },
});

export const witnessCommands = [witnessKeygen, witnessRun, witnessSetAside];
