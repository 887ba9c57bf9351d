import { idText } from '../../base/id.ts';
import type { RiverContext } from '../context.ts';
import type { Message } from '../message.ts';
import type { Cancelling } from './cancelling.ts';
import type { Outcomes } from './outcome.ts';
import type { TakeUp } from './take-up.ts';

interface Person {
  readonly accountId: number;
  readonly id: number;
}

/**
 * Stops what is in memory for people who were erased. What a carrier has it has, and what it answers is recorded; but nothing
 * more is handed to one. What waits in the store cannot be opened any more.
 */
export class Forgetting {
  readonly #river: RiverContext;
  readonly #takeUp: TakeUp;
  readonly #cancelling: Cancelling;
  readonly #outcomes: Outcomes;

  constructor(
    river: RiverContext,
    { takeUp, cancelling, outcomes }: { takeUp: TakeUp; cancelling: Cancelling; outcomes: Outcomes },
  ) {
    this.#river = river;
    this.#takeUp = takeUp;
    this.#cancelling = cancelling;
    this.#outcomes = outcomes;
  }

  async forget(people: readonly Person[]): Promise<void> {
    const names = new Set(people.map(nameOf));
    const isMeant = ({ recipient }: Message): boolean => recipient !== null && names.has(nameOf(recipient));
    this.#takeUp.forget(isMeant);
    await this.#stopArriving(isMeant);
    const meant = new Set([...this.#river.open.open(), ...this.#river.taken.open()].filter(isMeant));
    await Promise.all([...meant].map((message) => this.#stop(message)));
  }

  /** What was accepted before its person was erased, and is on its way into the store: it comes to no lane. */
  async #stopArriving(isMeant: (message: Message) => boolean): Promise<void> {
    const arriving = [...this.#river.accepting.open()].filter(isMeant);
    for (const message of arriving) message.onceStored(() => this.#stopStored(message));
    while (arriving.some(({ isSettled }) => !isSettled)) await this.#river.settled();
  }

  /** One that is scheduled has a row that waits for its time, which whoever erases removes. */
  #stopStored(message: Message): void {
    if (message.goesAtOnce) message.outlet!.release(message);
    if (message.sendAtMs > 0) message.isFinished = true;
    else void this.#cancel(message);
  }

  async #stop(message: Message): Promise<void> {
    message.isForgotten = true;
    if (message.isCancelled || (await this.#cancel(message)) || this.#cancelling.isTaking(message)) return;
    for (const part of message.parts) if (part.state === 'here') this.#outcomes.forgotten(part);
  }

  /** One that could not be cancelled, for a carrier has some of it, was on its way to its lane. */
  taken(message: Message): void {
    const left = message.parts.filter(({ state }) => state === 'here');
    message.outlet!.laneOf(message).release(left.length);
    for (const part of left) this.#outcomes.forgotten(part);
  }

  #cancel(message: Message): Promise<boolean> {
    const by = { who: 'gateway', from: null, why: 'the person was erased' };
    const on = [`message:${idText(message.id)}`, `account:${message.accountId}`];
    return this.#cancelling.cancelInMemory(message, this.#river.audit.done(by, 'message.cancelled', on));
  }
}

const nameOf = ({ accountId, id }: Person): string => `${accountId} ${id}`;
