import { constants, open } from 'node:fs/promises';

// The address of a Unix socket has 108 bytes, the last one NUL (unix(7)).
const MAX_PATH_BYTES = 107;
const SOCKET = '/.s.PGSQL.5432';

/**
 * How this process names the folder of the socket: by its path or, where that is too long for the address of a socket, by
 * a descriptor that stays open until this is disposed.
 */
export async function socketAddress(folder: string): Promise<AsyncDisposable & { readonly host: string }> {
  if (Buffer.byteLength(folder + SOCKET) <= MAX_PATH_BYTES) {
    return { host: folder, [Symbol.asyncDispose]: () => Promise.resolve() };
  }
  const handle = await open(folder, constants.O_RDONLY | constants.O_DIRECTORY);
  return { host: `/proc/self/fd/${handle.fd}`, [Symbol.asyncDispose]: () => handle.close() };
}
