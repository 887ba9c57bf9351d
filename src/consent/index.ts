export type { FoundRecipient, Met, Recipient, RecipientsOptions } from './recipients.ts';
export { Recipients } from './recipients.ts';
