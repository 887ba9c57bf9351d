import { type Document, isMap, isScalar, LineCounter, type Node, type Pair, parseDocument, visit } from 'yaml';
import { isSetting, type Setting, type SettingsGroup, settingsTable } from './settings.ts';

/** What one source says about the settings, and what is wrong with it. */
export interface Said {
  /** Setting name → its checked value. */
  readonly values: Map<string, unknown>;
  /** Each with its place; none quotes a value, since it may be a secret in the wrong line. */
  readonly mistakes: string[];
}

/** Reads the settings of a YAML file. Every mistake is told, with line and column. */
export function readSettingsFile(file: string, source: string): Said {
  const lines = new LineCounter();
  const document = parseDocument(source, { lineCounter: lines, prettyErrors: false, stringKeys: true });
  const reader = new FileReader(file, lines, document);
  for (const { code, pos } of [...document.errors, ...document.warnings]) {
    reader.mistake(pos[0], `this is not valid YAML (${code.toLowerCase().replaceAll('_', ' ')})`);
  }
  visit(document, {
    Alias: (_, { range }) => reader.mistake(range?.[0] ?? 0, 'settings are written out, without aliases'),
  });
  if (reader.said.mistakes.length === 0 && document.contents !== null)
    reader.group('', settingsTable, document.contents);
  return reader.said;
}

class FileReader {
  readonly said: Said = { values: new Map(), mistakes: [] };
  readonly #file: string;
  readonly #lines: LineCounter;
  readonly #document: Document;

  constructor(file: string, lines: LineCounter, document: Document) {
    this.#file = file;
    this.#lines = lines;
    this.#document = document;
  }

  mistake(at: number, words: string): void {
    const { line, col } = this.#lines.linePos(at);
    this.said.mistakes.push(`${this.#file}:${line}:${col} ${words}`);
  }

  /** Reads a map of settings; `prefix` is '' for the whole file, else the name of the group and a dot. */
  group(prefix: string, table: Readonly<Record<string, Setting<unknown> | SettingsGroup>>, node: Node): void {
    if (!isMap(node)) {
      const what = prefix === '' ? 'the file' : prefix.slice(0, -1);
      this.mistake(node.range?.[0] ?? 0, `${what} must be a map of settings`);
      return;
    }
    for (const pair of node.items as Pair<Node, Node | null>[]) this.#entry(prefix, table, pair);
  }

  #entry(
    prefix: string,
    table: Readonly<Record<string, Setting<unknown> | SettingsGroup>>,
    pair: Pair<Node, Node | null>,
  ) {
    const at = pair.key.range?.[0] ?? 0;
    const key = isScalar(pair.key) ? String(pair.key.value) : '';
    const name = prefix + key;
    const entry = Object.hasOwn(table, key) ? table[key] : undefined;
    if (entry === undefined) this.mistake(at, `${name} is not a setting`);
    else if (pair.value === null || (isScalar(pair.value) && pair.value.value === null)) return;
    else if (isSetting(entry)) this.#value(at, name, entry, pair.value);
    else this.group(`${name}.`, entry, pair.value);
  }

  #value(at: number, name: string, setting: Setting<unknown>, node: Node): void {
    const value = setting.kind.read(node.toJS(this.#document));
    if (value === undefined) this.mistake(at, `${name} must be ${setting.kind.words}`);
    else this.said.values.set(name, value);
  }
}
