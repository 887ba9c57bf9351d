import http from 'node:http';
import { join } from 'node:path';

/** Asks as the operator for a stream, and leaves as soon as it begins. Gives the status. */
export function streamBegun(
  dataFolder: string,
  path: string,
  { headers = {}, body }: { readonly headers?: Record<string, string>; readonly body?: string } = {},
): Promise<number> {
  const to = { socketPath: join(dataFolder, 'control.sock'), agent: false, path };
  const how =
    body === undefined ? { method: 'GET', headers } : { method: 'POST', headers: { ...headers, ...JSON_BODY } };
  return new Promise((resolve, reject) => {
    const request = http.request({ ...to, ...how }, (answer) => {
      resolve(answer.statusCode ?? 0);
      answer.on('error', () => {}); // it is this side that leaves
      request.destroy();
    });
    request.once('error', reject);
    request.end(body);
  });
}

const JSON_BODY = { 'content-type': 'application/json' };
