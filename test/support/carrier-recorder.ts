import type {
  Answer,
  CarrierEvents,
  CarrierReceipt,
  HandOver,
  InboundPart,
  OutboundPart,
} from '../../src/carriers/carrier.ts';

export interface Reported {
  readonly part: OutboundPart;
  readonly result: HandOver;
}

/** Keeps everything a link reports, and wakes who waits for it. */
export class CarrierRecorder implements CarrierEvents<OutboundPart> {
  readonly reported: Reported[] = [];
  readonly receipts: CarrierReceipt[] = [];
  readonly inbounds: InboundPart[] = [];
  /** All of the above by kind, in the order they came. */
  readonly order: ('handedOver' | 'receipt' | 'inbound')[] = [];
  /** Ids that came after their part was reported lost. */
  readonly late: { readonly part: OutboundPart; readonly reference: string }[] = [];
  readonly refusedLater: { readonly part: OutboundPart; readonly code: number }[] = [];
  changes = 0;
  /** How a receipt or an inbound part is answered. */
  keep: () => boolean = () => true;
  readonly #waiting = new Set<() => void>();

  changed(): void {
    this.changes++;
    this.#wake();
  }

  handedOver(part: OutboundPart, result: HandOver): void {
    this.reported.push({ part, result });
    this.order.push('handedOver');
    this.#wake();
  }

  answeredLate(part: OutboundPart, reference: string): void {
    this.late.push({ part, reference });
    this.#wake();
  }

  refusedLate(part: OutboundPart, code: number): void {
    this.refusedLater.push({ part, code });
    this.#wake();
  }

  receipt(receipt: CarrierReceipt, answer: Answer): void {
    this.receipts.push(receipt);
    this.order.push('receipt');
    answer(this.keep());
    this.#wake();
  }

  inbound(part: InboundPart, answer: Answer): void {
    this.inbounds.push(part);
    this.order.push('inbound');
    answer(this.keep());
    this.#wake();
  }

  /** Resolves when something has come after which `holds`. */
  async until(holds: () => boolean): Promise<void> {
    while (!holds()) {
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#waiting.add(resolve);
      await promise;
    }
  }

  #wake(): void {
    for (const wake of this.#waiting) wake();
    this.#waiting.clear();
  }
}
