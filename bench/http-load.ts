import { connect } from './connect.ts';
import { HttpClient } from './http-client.ts';
import type { LoadMeasure, LoadTotals } from './measure.ts';
import { serve } from './processes.ts';
import { Recipients } from './recipients.ts';
import { blankText, writeSerial } from './text.ts';
import { Waits } from './waits.ts';

/** The HTTP load: keep-alive connections over TLS, each with one request open. */
export interface HttpLoadOptions {
  readonly port: number;
  readonly authority: string;
  readonly sender: string;
  /** One key for each account. */
  readonly keys: readonly string[];
  readonly connections: number;
  /** Messages in a request; 1 sends them singly. */
  readonly batch: number;
}

const BACK_OFF_MS = 20;
const ACCEPTED = '"status":"accepted"';

const totals = { sent: 0, accepted: 0, refused: 0 };
const refusals: Record<string, number> = {};
const waits = new Waits();
const text = blankText();
let recipients: Recipients[] = [];
let isSending = true;
let marked = { ms: 0, accepted: 0 };

function messageText(sender: string, account: number): string {
  writeSerial(text, totals.sent++);
  const to = recipients[account]!.next();
  return `{"to":"+${to}","from":"${sender}","class":"transactional","text":"${text.latin1Slice(0, text.length)}"}`;
}

function requestText(sender: string, account: number, batch: number): string {
  if (batch === 1) return messageText(sender, account);
  const messages = Array.from({ length: batch }, () => messageText(sender, account));
  return `{"messages":[${messages.join(',')}]}`;
}

function countOf(body: string, part: string): number {
  let count = 0;
  for (let at = body.indexOf(part); at >= 0; at = body.indexOf(part, at + part.length)) count++;
  return count;
}

const acceptedIn = (status: number, body: string, batch: number): number => {
  if (status < 200 || status > 299) return 0;
  return batch === 1 ? 1 : countOf(body, ACCEPTED);
};

function onClosed(): void {
  if (isSending) throw new Error('the gateway closed a connection');
}

async function openClient(options: HttpLoadOptions, index: number): Promise<() => void> {
  const { batch, sender } = options;
  const account = index % options.keys.length;
  let sentAtMs = 0;
  function send(): void {
    if (!isSending) return;
    sentAtMs = performance.now();
    client.post(requestText(sender, account, batch));
  }
  function onAnswer(status: number, body: string): void {
    waits.add(performance.now() - sentAtMs);
    const accepted = acceptedIn(status, body, batch);
    totals.accepted += accepted;
    totals.refused += batch - accepted;
    if (accepted < batch) refusals[status] = (refusals[status] ?? 0) + batch - accepted;
    if (accepted > 0) send();
    else setTimeout(send, BACK_OFF_MS);
  }
  const path = batch === 1 ? '/v1/messages' : '/v1/messages/batch';
  const socket = await connect(options.port, options.authority);
  const client = new HttpClient(socket, path, options.keys[account]!, onAnswer, onClosed);
  return send;
}

serve({
  async start(options: HttpLoadOptions) {
    recipients = options.keys.map(() => new Recipients());
    const starts: (() => void)[] = [];
    for (let index = 0; index < options.connections; index++) starts.push(await openClient(options, index));
    for (const start of starts) start();
  },
  mark() {
    marked = { ms: performance.now(), accepted: totals.accepted };
    waits.clear();
  },
  measure(): LoadMeasure {
    const seconds = (performance.now() - marked.ms) / 1000;
    return { seconds, accepted: totals.accepted - marked.accepted, receipts: 0, ...waits.quantiles() };
  },
  stop() {
    isSending = false;
  },
  totals(): LoadTotals {
    const repeatedRecipients = recipients.reduce((sum, { repeated }) => sum + repeated, 0);
    return { ...totals, refusals, receipts: 0, strayReceipts: 0, repeatedRecipients };
  },
});
