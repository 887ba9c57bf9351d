import { readFileSync } from 'node:fs';

const RLIMIT_CORE = 4;
/** struct rlimit: the soft limit and the hard one. */
const RLIMIT_BYTES = 16;
const PR_SET_DUMPABLE = 4;

/**
 * Forbids core dumps of this process and of all it starts, and lets no other process of the same user look into its
 * memory (prctl(2), PR_SET_DUMPABLE): keys are in it. Answers whether that could be done. Node has no call for either, so
 * the C library is called, where Node can (`node:ffi`).
 */
export async function forbidCoreDumps(): Promise<boolean> {
  try {
    const { dlopen } = await import('node:ffi');
    const { functions } = dlopen(null, {
      setrlimit: { arguments: ['int32', 'pointer'], return: 'int32' },
      prctl: { arguments: ['int32', 'uint64', 'uint64', 'uint64', 'uint64'], return: 'int32' },
    });
    const isLimited = functions.setrlimit(RLIMIT_CORE, Buffer.alloc(RLIMIT_BYTES)) === 0;
    return functions.prctl(PR_SET_DUMPABLE, 0n, 0n, 0n, 0n) === 0 && isLimited;
  } catch {
    return coreLimit() === '0';
  }
}

/** The soft limit, as Linux says it. */
function coreLimit(): string | undefined {
  try {
    return /^Max core file size +(\S+)/m.exec(readFileSync('/proc/self/limits', 'utf8'))?.[1];
  } catch {
    return undefined;
  }
}
