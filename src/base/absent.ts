/** For a `catch`: what is not there is null; any other trouble with a file stays an error. */
export function absent(error: NodeJS.ErrnoException): null {
  if (error.code === 'ENOENT') return null;
  throw error;
}
