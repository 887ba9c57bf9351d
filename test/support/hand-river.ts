import assert from 'node:assert/strict';
import { join } from 'node:path';
import type { Client } from 'pg';
import type { Capability, Credential } from '../../src/access/index.ts';
import { entriesOf } from '../../src/audit/entries.ts';
import { type MessageEntry, readMessageEntry } from '../../src/audit/entry.ts';
import { systemClock } from '../../src/base/clock.ts';
import { systemEntropy } from '../../src/base/entropy.ts';
import type { Fault } from '../../src/base/fault.ts';
import { type Id, idText } from '../../src/base/id.ts';
import type { CarrierTraits } from '../../src/carriers/index.ts';
import { loadSettings } from '../../src/config/index.ts';
import { type Flow, openFlow } from '../../src/flow.ts';
import { type Foundation, type GatewayOptions, layFoundation } from '../../src/foundation.ts';
import { type Accepted, isFault, type MessageState, type Submission } from '../../src/messages/index.ts';
import { states } from '../../src/messages/states.ts';
import { connectOwner, silentLog, temporaryFolder } from './database.ts';
import { HandCarrier } from './hand-carrier.ts';
import { TESTER } from './on-record.ts';

export const SENDER = '10666';
export const TO = '+12025550143';

interface LinkState {
  readonly isUp: boolean;
  readonly room: number;
  readonly traits?: CarrierTraits;
}

/** One run of a gateway's river, with carriers of which the test is the other end. */
export interface HandNode<Name extends string> extends AsyncDisposable {
  readonly flow: Flow;
  readonly carriers: Readonly<Record<Name, HandCarrier>>;
  stop(): Promise<void>;
}

/** A database and the keys, on which rivers run one after the other, for an account with one credential. */
export class HandRivers<Name extends string> implements AsyncDisposable {
  readonly base: Foundation;
  readonly names: readonly Name[];
  readonly options: GatewayOptions;
  credential: Credential;
  readonly #taken: AsyncDisposableStack;

  private constructor(
    base: Foundation,
    names: readonly Name[],
    options: GatewayOptions,
    credential: Credential,
    taken: AsyncDisposableStack,
  ) {
    this.base = base;
    this.names = names;
    this.options = options;
    this.credential = credential;
    this.#taken = taken;
  }

  static async make<Name extends string>(
    names: readonly Name[],
    about: Partial<GatewayOptions> = {},
    environment: Readonly<Record<string, string>> = {},
  ): Promise<HandRivers<Name>> {
    const taken = new AsyncDisposableStack();
    const { path } = taken.use(await temporaryFolder());
    const options = gatewayOptions(join(path, 'data'), about, environment);
    const base = await layFoundation(options, taken);
    const account = await base.accounts.create('test', TESTER);
    assert.ok(!('code' in account));
    await base.keys.prepare();
    const made = await base.credentials.create(
      {
        accountId: account.id,
        kind: 'api_key',
        name: 'test',
        capability: capabilityOf(names),
        expiresAtMs: systemClock.now() + 86_400_000,
      },
      TESTER,
    );
    assert.ok('credential' in made);
    return new HandRivers(base, names, options, made.credential, taken);
  }

  /** Opens a river whose links are as they are said to be. A carrier without one was removed. */
  async open(links: Readonly<Partial<Record<Name, LinkState>>>): Promise<HandNode<Name>> {
    const stack = new AsyncDisposableStack();
    const flow = await openFlow(this.options, this.base, stack);
    const carriers = {} as Record<Name, HandCarrier>;
    for (const [at, name] of this.names.entries()) {
      const link = links[name];
      if (link) flow.river.addCarrier(at + 1, name, (events) => (carriers[name] = new HandCarrier(events, link)));
      else flow.river.rememberCarrier(at + 1, name);
    }
    stack.defer(() => flow.river.stop());
    await flow.river.start();
    const stop = () => stack.disposeAsync();
    return { flow, carriers, stop, [Symbol.asyncDispose]: stop };
  }

  /** Ends when the message is durable, or refused. */
  submit({ flow }: HandNode<Name>, about: Partial<Submission> = {}): Promise<Accepted | Fault> {
    const { promise, resolve } = Promise.withResolvers<Accepted | Fault>();
    flow.river.desk.submit({ ...submissionOf(this.credential), ...about }, resolve);
    return promise;
  }

  async accepted(node: HandNode<Name>, about: Partial<Submission> = {}): Promise<Id> {
    const answer = await this.submit(node, about);
    assert.ok(!isFault(answer));
    return answer.id;
  }

  async state({ flow }: HandNode<Name>, id: Id): Promise<MessageState | undefined> {
    return (await flow.river.desk.view(this.credential.accountId, id))?.state;
  }

  async until(node: HandNode<Name>, id: Id, wanted: MessageState): Promise<void> {
    while ((await this.state(node, id)) !== wanted);
  }

  /** What is on record of a message after it was accepted: `state carrier`, a part as `state#segment carrier`. */
  async timeline({ flow }: HandNode<Name>, id: Id): Promise<string[]> {
    const view = await flow.river.desk.view(this.credential.accountId, id);
    return view!.timeline
      .slice(1)
      .map(({ state, segment, carrier }) => `${state}${segment > 0 ? `#${segment}` : ''} ${carrier ?? '-'}`);
  }

  /** The rows of `waiting` that send a message. */
  async sendsDue(id: Id): Promise<number> {
    const { rowCount } = await this.base.database.engine.query(
      'SELECT FROM waiting WHERE account_id = $1 AND message_id = $2 AND what = 0 AND state = 0',
      [this.credential.accountId, idText(id)],
    );
    return rowCount ?? 0;
  }

  /** Makes what waits for its time due now. */
  async hasten(id: Id): Promise<void> {
    await this.base.database.engine.query(
      'UPDATE waiting SET due_at = now() WHERE account_id = $1 AND message_id = $2',
      [this.credential.accountId, idText(id)],
    );
  }

  /** As the role that owns the tables. The caller ends the connection. */
  connectOwner(): Promise<Client> {
    return connectOwner(this.options.settings.dataFolder);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#taken.disposeAsync();
  }
}

/** What is on record of messages that came into a state. */
export async function onRecord({ base }: { readonly base: Foundation }, state: MessageState): Promise<MessageEntry[]> {
  const { rows } = await base.database.engine.query<{ entries: Buffer }>('SELECT entries FROM audit_group ORDER BY id');
  return rows
    .flatMap(({ entries }) => entriesOf(entries))
    .flatMap((entry) => readMessageEntry(entry) ?? [])
    .filter((entry) => entry.state === states[state].number);
}

export const capabilityOf = (carriers: readonly string[]): Capability => ({
  verbs: ['send', 'read', 'cancel'],
  senders: [SENDER],
  classes: ['otp', 'transactional', 'marketing'],
  carriers,
  networks: ['127.0.0.0/8'],
});

export const submissionOf = (credential: Credential): Submission => ({
  credential,
  to: TO,
  from: SENDER,
  content: { kind: 'text', text: 'Hello' },
  class: 'transactional',
  sendAtMs: null,
  validityMs: null,
  reference: null,
  wantsReceipt: false,
  failuresOnly: false,
  successOnly: false,
  wantsUnderway: false,
  serviceType: null,
  isOneOfMany: false,
  id: null,
});

/** Of a gateway that a test opens in its own process. */
export const gatewayOptions = (
  dataFolder: string,
  about: Partial<GatewayOptions> = {},
  environment: Readonly<Record<string, string>> = {},
): GatewayOptions => ({
  settings: loadSettings({ SALLYPORT_DATA_FOLDER: dataFolder, ...environment }),
  version: '0.0.0',
  clock: systemClock,
  entropy: systemEntropy,
  log: silentLog,
  progress: () => undefined,
  sealed: () => undefined,
  stop: new AbortController().signal,
  fatal: (reason) => assert.fail(reason),
  ...about,
});
