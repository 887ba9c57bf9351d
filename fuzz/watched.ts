/** What a fuzzing thread and its watchdog share: how many executions there were, and which input runs now. */
const EXECUTIONS = 0;
const LENGTH = 1;
const NUMBERS = 2;
const NUMBERS_BYTES = NUMBERS * Int32Array.BYTES_PER_ELEMENT;

export class Watched {
  readonly memory: SharedArrayBuffer;
  readonly #numbers: Int32Array;
  readonly #bytes: Uint8Array;

  constructor(memory: SharedArrayBuffer) {
    this.memory = memory;
    this.#numbers = new Int32Array(memory, 0, NUMBERS);
    this.#bytes = new Uint8Array(memory, NUMBERS_BYTES);
  }

  static forInputsOf(maxBytes: number): Watched {
    return new Watched(new SharedArrayBuffer(NUMBERS_BYTES + maxBytes));
  }

  /** This input is about to run. */
  running(input: Buffer): void {
    this.#bytes.set(input);
    this.#numbers[LENGTH] = input.length;
    Atomics.add(this.#numbers, EXECUTIONS, 1);
  }

  get executions(): number {
    return Atomics.load(this.#numbers, EXECUTIONS);
  }

  /** The input that runs, as a copy. */
  get input(): Buffer {
    return Buffer.from(this.#bytes.slice(0, this.#numbers[LENGTH]));
  }
}
