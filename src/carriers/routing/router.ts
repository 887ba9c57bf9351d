/** Which messages a route is for, and the carriers that they take. */
export interface RouteRule {
  /** The leading digits of the E.164 number; '' for every number. */
  readonly prefix: string;
  /** Null for any. */
  readonly sender: string | null;
  readonly class: string | null;
  readonly accountId: number | null;
  /** Names, in the order in which they are tried. */
  readonly carriers: readonly string[];
}

/** What a route is chosen by. */
export interface RouteQuestion {
  /** E.164 digits. */
  readonly to: string;
  readonly from: string;
  readonly class: string;
  readonly accountId: number;
}

const ZERO = 0x30;

/** By sender, class and account; null stands for any. */
type Rules<Rule> = Map<string | null, Map<string | null, Map<number | null, Rule>>>;

/** A digit of the prefix: what may follow it, and the routes whose prefix ends here. */
interface Node<Rule> {
  readonly next: (Node<Rule> | undefined)[];
  rules: Rules<Rule> | null;
}

/**
 * Finds the route of a message: the one of the longest prefix; of these one for its sender before one for any, then one
 * for its class, then one for its account. No two routes can stand alike, so the answer does not depend on their order.
 * A tree of digits: at most 16 steps for a message, a few look-ups where routes end, and nothing is allocated.
 */
export class Router<Rule extends RouteRule> {
  readonly #root: Node<Rule> | null;

  constructor(rules: readonly Rule[]) {
    this.#root = rules.length === 0 ? null : treeOf(rules);
  }

  /** Null where no route fits: the message takes the carriers of its credential. */
  find(question: RouteQuestion): Rule | null {
    if (this.#root === null) return null;
    let found: Rule | null = null;
    let node: Node<Rule> | undefined = this.#root;
    for (let at = 0; node !== undefined; at++) {
      if (node.rules !== null) found = mostParticular(node.rules, question) ?? found;
      node = at < question.to.length ? node.next[question.to.charCodeAt(at) - ZERO] : undefined;
    }
    return found;
  }
}

function treeOf<Rule extends RouteRule>(rules: readonly Rule[]): Node<Rule> {
  const root: Node<Rule> = { next: [], rules: null };
  for (const rule of rules) {
    let node = root;
    for (const digit of rule.prefix) node = node.next[Number(digit)] ??= { next: [], rules: null };
    node.rules ??= new Map();
    place(node.rules, rule);
  }
  return root;
}

function place<Rule extends RouteRule>(rules: Rules<Rule>, rule: Rule): void {
  const ofSender = rules.get(rule.sender) ?? new Map<string | null, Map<number | null, Rule>>();
  const ofClass = ofSender.get(rule.class) ?? new Map<number | null, Rule>();
  rules.set(rule.sender, ofSender.set(rule.class, ofClass.set(rule.accountId, rule)));
}

function mostParticular<Rule>(rules: Rules<Rule>, question: RouteQuestion): Rule | null {
  return bySender(rules, question.from, question) ?? bySender(rules, null, question);
}

function bySender<Rule>(rules: Rules<Rule>, sender: string | null, question: RouteQuestion): Rule | null {
  const classes = rules.get(sender);
  if (!classes) return null;
  return byAccount(classes.get(question.class), question) ?? byAccount(classes.get(null), question);
}

function byAccount<Rule>(accounts: Map<number | null, Rule> | undefined, { accountId }: RouteQuestion): Rule | null {
  return accounts?.get(accountId) ?? accounts?.get(null) ?? null;
}
