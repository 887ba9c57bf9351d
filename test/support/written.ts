import { once } from 'node:events';
import { watch } from 'node:fs';
import { dirname } from 'node:path';

/** Resolves as soon as `is` holds of a file; asked whenever something in the file's folder changes. */
export async function whenWritten(path: string, is: () => Promise<boolean>): Promise<void> {
  const folder = watch(dirname(path));
  try {
    for (;;) {
      const changed = once(folder, 'change');
      if (await is()) return;
      await changed;
    }
  } finally {
    folder.close();
  }
}
