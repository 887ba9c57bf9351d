import type { Command, Output } from './command.ts';
import { json, line, safe } from './print.ts';
import type { Mistake, Trouble } from './trouble.ts';

/** Options whose names are not those of the fields they fill. */
const optionOfField: Readonly<Record<string, string>> = {
  sendAt: 'at',
  validitySeconds: 'valid',
  cursor: 'after',
  recipient: 'to',
  expiresAt: 'days',
  systemId: 'system-id',
  systemType: 'system-type',
  interfaceVersion: 'version',
  bindCount: 'bind-count',
  messagesPerSecond: 'rate',
};

/** Where a mistake is, as the line was typed: `/capability/networks/0` is `--networks`. */
function placeOf({ pointer }: Mistake, command: Command | undefined): string {
  const field = pointer.split('/').findLast((part) => part !== '' && !/^\d+$/.test(part)) ?? '';
  const option = optionOfField[field] ?? field;
  if (command !== undefined && Object.hasOwn(command.options, option)) return `--${option}`;
  return command?.operand?.toLowerCase() === field ? command.operand : field;
}

/** Says why a command stopped, and answers its exit code. */
export function tell(out: Output, trouble: Trouble, command: Command | undefined, asJson: boolean): number {
  const { code, message, next, mistakes, exit } = trouble;
  if (asJson) {
    json(out, { error: { code, message, next, mistakes } });
    return exit;
  }
  line(out, `sallyport: ${message.split('\n').map(safe).join('\n  ')} (${code})`);
  for (const mistake of mistakes) {
    const detail = mistake.detail === message ? '' : `: ${mistake.detail}`;
    line(out, `  ${safe(placeOf(mistake, command) + detail)}`);
  }
  if (next !== null) line(out, next);
  return exit;
}
