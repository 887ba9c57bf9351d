import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';

const TRIES = 100;
const POLL_MS = 50;

/** What a Node with `--inspect` on this port holds after its garbage was collected, in bytes. */
export async function heapAfterGc(port: number): Promise<{ heap: number; external: number; rss: number }> {
  const socket = new WebSocket(await debuggerUrl(port));
  await once(socket, 'open');
  try {
    await ask(socket, 1, 'HeapProfiler.collectGarbage');
    await ask(socket, 2, 'HeapProfiler.collectGarbage');
    const said = await ask(socket, 3, 'Runtime.evaluate', {
      expression: 'JSON.stringify(process.memoryUsage())',
      returnByValue: true,
    });
    const { value } = (said as { result: { value: string } }).result;
    const { heapUsed, external, rss } = JSON.parse(value) as NodeJS.MemoryUsage;
    return { heap: heapUsed, external, rss };
  } finally {
    socket.close();
  }
}

async function debuggerUrl(port: number): Promise<string> {
  for (let tries = TRIES; ; tries--) {
    try {
      const answer = await fetch(`http://127.0.0.1:${port}/json/list`);
      const [target] = (await answer.json()) as { webSocketDebuggerUrl: string }[];
      return target!.webSocketDebuggerUrl;
    } catch (error) {
      if (tries === 0) throw error;
      await sleep(POLL_MS);
    }
  }
}

async function ask(socket: WebSocket, id: number, method: string, params: object = {}): Promise<unknown> {
  socket.send(JSON.stringify({ id, method, params }));
  for (;;) {
    const [event] = (await once(socket, 'message')) as [{ readonly data: string }];
    const said = JSON.parse(event.data) as { id?: number; result?: unknown };
    if (said.id === id) return said.result;
  }
}
