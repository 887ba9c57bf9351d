import type { Control } from './control.ts';
import { text } from './options.ts';
import { trouble } from './trouble.ts';

export const accountOption = text('NAME', 'The account; where there is only one, that.');

/** The account that was named, else the only one there is. */
export async function accountOf(control: Control, named: string | undefined): Promise<string> {
  if (named !== undefined) return named;
  const { accounts } = await control.get<{ accounts: readonly { name: string }[] }>('/v1/accounts');
  const [only] = accounts;
  if (only === undefined) {
    throw trouble('account_needed', 'There is no account yet.', 'Make one with: npx sallyport account create NAME');
  }
  if (accounts.length === 1) return only.name;
  const names = accounts.map(({ name }) => name).join(', ');
  throw trouble('account_needed', 'There are several accounts: say which.', `Add --account, one of: ${names}`);
}

/** The address of an account's messages. */
export const messagesOf = (account: string): string => `/v1/accounts/${encodeURIComponent(account)}/messages`;
