import type net from 'node:net';

/** One keep-alive connection that has one request open at a time: as little client as can be, for it shares the machine. */
const HEAD_END = '\r\n\r\n';
const STATUS_AT = 'HTTP/1.1 '.length;
const LENGTH = /\r\ncontent-length: *(\d+)/i;

export class HttpClient {
  readonly #socket: net.Socket;
  readonly #head: string;
  readonly #onAnswer: (status: number, body: string) => void;
  #heard = '';
  #bodyAt = -1;
  #endAt = 0;

  constructor(
    socket: net.Socket,
    path: string,
    key: string,
    onAnswer: (status: number, body: string) => void,
    onClosed: () => void,
  ) {
    this.#socket = socket;
    this.#onAnswer = onAnswer;
    this.#head = `POST ${path} HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer ${key}\r\ncontent-type: application/json\r\ncontent-length: `;
    socket.setNoDelay(true);
    socket.setEncoding('latin1');
    socket.on('data', (text: string) => this.#onData(text));
    socket.on('error', () => undefined);
    socket.once('close', onClosed);
  }

  /** The body is ASCII. */
  post(body: string): void {
    this.#socket.write(`${this.#head}${body.length}${HEAD_END}${body}`, 'latin1');
  }

  #onData(text: string): void {
    this.#heard += text;
    if (this.#bodyAt < 0 && !this.#readHead()) return;
    if (this.#heard.length < this.#endAt) return;
    const status = Number(this.#heard.slice(STATUS_AT, STATUS_AT + 3));
    const body = this.#heard.slice(this.#bodyAt, this.#endAt);
    this.#heard = this.#heard.slice(this.#endAt);
    this.#bodyAt = -1;
    this.#onAnswer(status, body);
  }

  #readHead(): boolean {
    const headEnd = this.#heard.indexOf(HEAD_END);
    if (headEnd < 0) return false;
    const length = LENGTH.exec(this.#heard.slice(0, headEnd));
    if (length === null) throw new Error('an answer came without content-length');
    this.#bodyAt = headEnd + HEAD_END.length;
    this.#endAt = this.#bodyAt + Number(length[1]);
    return true;
  }
}
