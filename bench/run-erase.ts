import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import type http from 'node:http';
import https from 'node:https';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { Client } from 'pg';
import { readCertificate } from '../src/privacy/index.ts';
import { countStored } from './counts.ts';
import { Gateway } from './gateway.ts';

const ACCOUNT = 'bench';
const CARRIER = 'sandbox';
const SENDER = '72345';
const PEOPLE = 50;
const AIM_MS = 1000;
const PER_REQUEST = 500;
const POLL_MS = 100;
const DAY_MS = 86_400_000;

export const ERASE_USAGE = `npm run bench -- erase [flags]

  --messages 10000   to each person, of which
  --waiting 100      wait for their time
  --runs 3           people, one after the other
  --json FILE        the figures`;

/** What still names them, opens their messages, or waits to be sent to them, of all people but the one who stays. */
const LEFT = `SELECT (SELECT count(*)::int4 FROM recipient) - 1 AS people, (SELECT count(*)::int4 FROM vault.recipient_key) - 1 AS keys,
  (SELECT count(*)::int4 FROM waiting) AS waiting, (SELECT count(*)::int4 FROM message WHERE reference IS NOT NULL) - 1 AS words`;

interface Wanted {
  readonly messages: number;
  readonly waiting: number;
}

interface Run extends Wanted {
  readonly ms: number;
  /** Whether its certificate says so, and holds. */
  readonly isProven: boolean;
}

type Send = (to: string, count: number, sendAt?: string) => Promise<void>;

/** Erases people who have many messages, in a gateway that runs: how long each takes, and whether anything is left. */
export async function runErase(args: readonly string[]): Promise<boolean> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      messages: { type: 'string', default: '10000' },
      waiting: { type: 'string', default: '100' },
      runs: { type: 'string', default: '3' },
      json: { type: 'string' },
    },
  });
  const wanted = { messages: Number(values.messages), waiting: Number(values.waiting) };
  await using gateway = await Gateway.start({ keeps: false });
  const about = { account: ACCOUNT, kind: 'api_key', sender: SENDER, carrier: CARRIER } as const;
  await gateway.administration.makeAccount(ACCOUNT);
  while (!(await gateway.administration.carrierIsUp(CARRIER))) await sleep(POLL_MS);
  const { secret } = await gateway.administration.makeKey(about);
  const send: Send = (to, count, sendAt) => sends(gateway, secret, { to, count, sendAt });
  await send(numberOf(0), 1);
  const runs: Run[] = [];
  while (runs.length < Math.min(Number(values.runs), PEOPLE))
    runs.push(await erased(gateway, send, numberOf(runs.length + 1), wanted));
  const left = await leftIn(gateway.dataFolder);
  if (values.json) writeFileSync(values.json, `${JSON.stringify({ wanted, runs, left }, null, 2)}\n`);
  console.table(runs);
  console.table({ 'left behind': left });
  const isWhole = runs.every(
    (run) => run.isProven && run.messages === wanted.messages && run.waiting >= wanted.waiting,
  );
  const isClean = Object.values(left).every((count) => count === 0);
  const isQuick = runs.every(({ ms }) => ms <= AIM_MS);
  console.log(
    `${isQuick ? 'within' : 'OVER'} ${AIM_MS} ms; ${isWhole && isClean ? 'all gone and on record' : 'NOT WHOLE'}`,
  );
  return isQuick && isWhole && isClean;
}

/** Of the range kept for fiction. */
const numberOf = (person: number): string => `+12025550${100 + person}`;

async function erased(gateway: Gateway, send: Send, number: string, { messages, waiting }: Wanted): Promise<Run> {
  await send(number, messages - waiting);
  await send(number, waiting, new Date(Date.now() + DAY_MS).toISOString());
  while ((await countStored(gateway.dataFolder)).open > waiting) await sleep(POLL_MS);
  const startMs = performance.now();
  const done = await gateway.administration.erase(ACCOUNT, number);
  const ms = Math.round(performance.now() - startMs);
  const { certificate, verifier } = await gateway.administration.certificate(done.id);
  const statement = readCertificate(Buffer.from(certificate), verifier);
  const isProven = typeof statement === 'object' && statement.erasure === done.id && statement.messages === messages;
  return { messages: done.messages, waiting: done.waiting, ms, isProven };
}

async function sends(
  { ports, identity }: Gateway,
  key: string,
  { to, count, sendAt }: { to: string; count: number; sendAt: string | undefined },
): Promise<void> {
  const message = { from: SENDER, to, text: 'Your order has left our house.', reference: 'order of a person', sendAt };
  for (let sent = 0; sent < count; sent += PER_REQUEST) {
    const body = { messages: Array.from({ length: Math.min(PER_REQUEST, count - sent) }, () => message) };
    const request = https.request({
      host: 'localhost',
      port: ports.api,
      ca: identity.cert,
      method: 'POST',
      path: '/v1/messages/batch',
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
      agent: false,
    });
    request.end(JSON.stringify(body));
    const [answer] = (await once(request, 'response')) as [http.IncomingMessage];
    const said = await text(answer);
    if (answer.statusCode !== 202)
      throw new Error(`messages were not taken: ${answer.statusCode} ${said.slice(0, 500)}`);
  }
}

async function leftIn(dataFolder: string): Promise<Record<string, number>> {
  const where = { host: join(dataFolder, 'run'), user: 'sallyport_owner', database: 'sallyport' };
  const client = new Client(where);
  await client.connect();
  const { rows } = await client.query<Record<string, number>>(LEFT);
  await client.end();
  return rows[0]!;
}
