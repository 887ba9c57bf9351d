export type { KeyEvent, RecordKeyEvent } from './key-event.ts';
export { GATEWAY_ACCOUNT } from './keyring.ts';
export type { RecipientKey, SealedMessage, SecretPurpose, VaultOptions } from './vault.ts';
export { HASH_BYTES, SEALED_NUMBER_BYTES, Vault, WRAPPED_KEY_BYTES } from './vault.ts';
