export type { FoundRecipient, Met, Recipient, RecipientsOptions } from './recipient.ts';
export { Recipients } from './recipients.ts';
