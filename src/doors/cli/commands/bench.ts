import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { command, exitCodes } from '../command.ts';
import { trouble } from '../trouble.ts';

const PROGRAM = fileURLToPath(new URL('../../../../bench/run.ts', import.meta.url));
const SIGNALS = ['SIGINT', 'SIGTERM'] as const;

export const bench = command({
  name: 'bench',
  summary: 'Measure a gateway of its own on this machine: throughput, latency, CPU and memory.',
  about: [
    'The same as npm run bench -- …: what follows is handed on. It starts a gateway, a load tool and an SMSC simulator, and\ntouches no gateway that runs. Scenarios: smpp, http, http-batch, latency, backlog. With --json FILE the figures are\nwritten there; without anything, all flags are listed.',
  ],
  options: {},
  example: 'bench smpp --seconds 30 --json figures.json',
  handsOn: true,
  async run({ rest, stdout, stderr }) {
    if (!existsSync(PROGRAM)) throw trouble('bench_missing', 'The benchmarks are not installed here.');
    const child = spawn(process.execPath, [PROGRAM, ...rest], { stdio: ['ignore', 'pipe', 'pipe'] });
    child.stdout.pipe(stdout, { end: false });
    child.stderr.pipe(stderr, { end: false });
    // It ends what it started; leaving before it would lose its last words.
    const handOn = (signal: NodeJS.Signals) => void child.kill(signal);
    for (const signal of SIGNALS) process.on(signal, handOn);
    const [code] = (await once(child, 'close')) as [number | null];
    for (const signal of SIGNALS) process.off(signal, handOn);
    return code ?? exitCodes.failed;
  },
});
