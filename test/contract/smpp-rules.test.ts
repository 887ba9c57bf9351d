import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { handlerOf } from '../../src/doors/smpp/handlers/index.ts';
import { type CommandName, commands, isResponse, responseName } from '../../src/wire/smpp/commands.ts';
import type { Pdu } from '../../src/wire/smpp/decode.ts';
import { maySend, refusalOf, type SessionState } from '../../src/wire/smpp/session-rules.ts';
import { hasCommand, VERSION_3_4 } from '../../src/wire/smpp/version.ts';
import { Esme } from '../support/esme.ts';
import { examplePdus } from '../support/examples.ts';
import { SmppDoorStage, settled } from '../support/smpp-door-stage.ts';

const UNKNOWN_COMMAND = 0x03;
const SEQUENCE = 4711;

let stage: SmppDoorStage;
before(async () => {
  stage = await SmppDoorStage.open({ connectionsPerAddress: 1000, maxConnections: 1000 });
});
after(() => stage[Symbol.asyncDispose]());

/** Binds of the test itself: so many that none waits for its turn. */
const login = () => stage.login({ maxBinds: 10 });

/** How a session is brought to each state in which an application is read. */
const ways = {
  open: () => Esme.plain(stage),
  bound_tx: () => Esme.bound(stage, login(), 'bind_transmitter'),
  bound_rx: () => Esme.bound(stage, login(), 'bind_receiver'),
  bound_trx: () => Esme.bound(stage, login()),
  unbound: async () => {
    const esme = await Esme.bound(stage, login());
    const held = stage.messages.hold();
    esme.submits();
    while (held.length === 0) await settled();
    esme.sends('unbind');
    stage.messages.goOn();
    await settled();
    return esme;
  },
} as const satisfies Partial<Record<SessionState, () => Promise<Esme>>>;

/** What the rules say to a command in a state: the answer, and its status where it is a refusal. */
function expected(state: SessionState, name: CommandName): { answer: CommandName; status?: number } | null {
  const isKnown = state === 'open' || hasCommand(VERSION_3_4, commands[name]);
  const isAllowed = isKnown ? maySend(state, commands[name]) : null;
  if (!isAllowed) return refusalOf(name, isAllowed);
  if (isResponse(commands[name])) return null;
  if (!handlerOf(commands[name])) return { answer: 'generic_nack', status: UNKNOWN_COMMAND };
  return { answer: responseName(name)! };
}

const isAnswer = (pdu: Pdu): boolean => pdu.sequence === SEQUENCE;

/** What comes in answer to a PDU before the answer to a question that is asked behind it. */
async function answersTo(esme: Esme, name: CommandName): Promise<readonly Pdu[]> {
  const { fields, tlvs } = examplePdus.find(({ command }) => command === name)!;
  const noted = esme.unheard.length;
  esme.sends(name, fields, { sequence: SEQUENCE, tlvs });
  const question = esme.sends('enquire_link');
  const isOver = () => esme.isClosed || esme.unheard.some(({ sequence }) => sequence === question);
  while (!isOver()) await settled();
  return esme.unheard.slice(noted).filter(isAnswer);
}

for (const [state, reach] of Object.entries(ways) as [keyof typeof ways, () => Promise<Esme>][]) {
  describe(`in the state ${state}`, () => {
    for (const name of Object.keys(commands) as CommandName[]) {
      const rule = expected(state, name);
      const words = rule === null ? 'has no answer' : `is answered ${rule.answer} ${rule.status ?? ''}`.trim();
      test(`${name} ${words}`, async () => {
        using esme = await reach();
        const answers = await answersTo(esme, name);
        assert.deepEqual(
          answers.map(({ command }) => command),
          rule === null ? [] : [rule.answer],
        );
        if (rule?.status !== undefined) assert.equal(answers[0]!.status, rule.status);
      });
    }
  });
}
