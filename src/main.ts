#!/usr/bin/env -S MALLOC_ARENA_MAX=1 node --max-semi-space-size=32 --disable-sigusr1 --disable-warning=ExperimentalWarning
// One malloc arena spares 120 MiB of resident memory; a larger young generation spares CPU (docs/decisions/0021).
// node:ffi, which forbids core dumps, is experimental in Node 26 (docs/decisions/0039): its warning says nothing new.
// SIGUSR1 would open Node's debugger, in which all of memory can be read (docs/reference/memory.md).
const NODE_MAJOR_MIN = 26;

const { argv, env, stdout, stderr } = process;
const [command, ...rest] = argv.slice(2);
if (Number(process.versions.node.split('.')[0]) < NODE_MAJOR_MIN) {
  stderr.write(
    `sallyport: this is Node ${process.versions.node}, and Node ${NODE_MAJOR_MIN} is needed. npm installs it here: use npm start or npx sallyport.\n`,
  );
  process.exitCode = 1;
} else if (command === 'start' && !rest.some((word) => word === '--help' || word === '-h')) {
  const { start } = await import('./start.ts');
  process.exitCode = await start(env, { stdout, stderr });
} else {
  const { runCommand } = await import('./doors/cli/index.ts');
  process.exitCode = await runCommand(argv.slice(2), { stdout, stderr, env });
}
