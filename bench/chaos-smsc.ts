import { once } from 'node:events';
import net from 'node:net';
import { systemClock } from '../src/base/clock.ts';
import { SmppConnection, type SmppConnectionHandler } from '../src/transport/index.ts';
import { commands } from '../src/wire/smpp/commands.ts';
import { commandStatus, sequenceNumber } from '../src/wire/smpp/header.ts';
import { MessageView } from '../src/wire/smpp/message-view.ts';
import { outgoingMessage } from '../src/wire/smpp/pdu-writer.ts';
import { statuses } from '../src/wire/smpp/statuses.ts';
import { serve } from './processes.ts';
import { readSerial } from './text.ts';

/**
 * An SMSC that outlives the gateway. It remembers by its serial every text it took, under which references, and keeps a
 * receipt until it was answered, as carriers do. Answers and receipts take a while, so that a kill finds some under way.
 */
const LIMITS = { clock: systemClock, maxPduBytes: 70_000, maxUnsentBytes: 256 << 20 };
const ANSWER_MS = 30;
const RECEIPT_MS = 60;
const RECEIPT_AGAIN_MS = 500;
const END_MS = 1000;
const DELIVERED = 2;
/** One text in so many is refused for now when it comes first. */
const REFUSED_EVERY = 61;
const RECEIPT_END = ' sub:001 dlvrd:001 submit date:2601010000 done date:2601010000 stat:DELIVRD err:000 text:';

export interface ChaosSmscTotals {
  readonly taken: number;
  readonly refused: number;
  /** Receipts that the gateway has not answered, by the sender of the message. */
  readonly owed: Readonly<Record<string, number>>;
}

interface Submit {
  readonly sequence: number;
  readonly source: string;
  readonly destination: string;
  readonly reference: string;
}

const references = new Map<number, string[]>();
const refused = new Set<number>();
const owed = new Map<string, Submit>();
const view = new MessageView();
const receipt = { ...outgoingMessage(), esmClass: 4, sourceTon: 1, sourceNpi: 1 };
let lastReference = 0;
const sessions: Session[] = [];
/** The newest connection gets the receipts. */
const receiver = (): Session | undefined => sessions.findLast((session) => session.isBound);

/** One connection of the gateway. */
class Session implements SmppConnectionHandler {
  isBound = false;
  readonly #connection: SmppConnection;
  readonly #sent = new Map<number, Submit>();
  #sequence = 0;

  constructor(socket: net.Socket) {
    this.#connection = new SmppConnection(socket, LIMITS, this);
  }

  broken(): void {}

  closed(): void {
    this.isBound = false;
  }

  pdu(command: number, bytes: Buffer, at: number, length: number): void {
    const { out } = this.#connection;
    const sequence = sequenceNumber(bytes, at);
    switch (command) {
      case commands.submit_sm:
        this.#onSubmit(bytes, at, length, sequence);
        break;
      case commands.deliver_sm_resp:
        this.#onReceiptAnswer(sequence, commandStatus(bytes, at));
        break;
      case commands.bind_transceiver:
        out.write('bind_transceiver_resp', 0, sequence, { system_id: 'smsc' });
        this.isBound = true;
        for (const submit of owed.values()) this.deliver(submit);
        break;
      case commands.enquire_link:
        out.write('enquire_link_resp', 0, sequence);
        break;
      case commands.unbind:
        out.write('unbind_resp', 0, sequence);
        this.#connection.end(END_MS);
        break;
      default:
        break;
    }
  }

  /** Breaks off, with answers under way. */
  drop(): void {
    this.#connection.destroy();
  }

  deliver(submit: Submit): void {
    const { reference } = submit;
    receipt.source = submit.destination;
    receipt.destination = submit.source;
    receipt.text = `id:${reference}${RECEIPT_END}`;
    this.#sent.set(++this.#sequence, submit);
    this.#connection.out.deliverSm(this.#sequence, receipt, {
      receipted_message_id: reference,
      message_state: DELIVERED,
    });
  }

  #onSubmit(bytes: Buffer, at: number, length: number, sequence: number): void {
    if (view.read(bytes, at, length) !== null) throw new Error('the gateway sent a broken submit_sm');
    const serial = readSerial(view.text());
    if (serial % REFUSED_EVERY === 0 && !refused.has(serial)) {
      refused.add(serial);
      this.#connection.out.submitSmResp(statuses.ESME_RSYSERR.value, sequence, '');
      return;
    }
    const reference = `S${(++lastReference).toString(36).padStart(12, '0')}`;
    references.set(serial, [...(references.get(serial) ?? []), reference]);
    const { source, destination } = view;
    setTimeout(() => this.#connection.out.submitSmResp(0, sequence, reference), ANSWER_MS);
    setTimeout(() => owe({ sequence, source, destination, reference }), RECEIPT_MS);
  }

  #onReceiptAnswer(sequence: number, status: number): void {
    const submit = this.#sent.get(sequence);
    this.#sent.delete(sequence);
    if (!submit) return;
    if (status === 0) owed.delete(submit.reference);
    else setTimeout(() => receiver()?.deliver(submit), RECEIPT_AGAIN_MS);
  }
}

function owe(submit: Submit): void {
  owed.set(submit.reference, submit);
  receiver()?.deliver(submit);
}

function owedBySender(): Record<string, number> {
  const bySender = Map.groupBy(owed.values(), ({ source }) => source);
  return Object.fromEntries([...bySender].map(([sender, submits]) => [sender, submits.length]));
}

serve({
  async listen({ port }: { port: number }) {
    const server = net.createServer((socket) => sessions.push(new Session(socket)));
    await once(server.listen(port, '127.0.0.1'), 'listening');
  },
  drop(): void {
    for (const session of sessions.splice(0)) session.drop();
  },
  totals: (): ChaosSmscTotals => ({ taken: lastReference, refused: refused.size, owed: owedBySender() }),
  references: (): [serial: number, references: string[]][] => [...references],
});
