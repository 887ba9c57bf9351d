export { type Account, Accounts } from './accounts-store.ts';
export { type BindAttempt, bindRefusal } from './bind-rules.ts';
export { type Capability, LOOPBACK_NETWORKS, type Verb } from './capability.ts';
export {
  type CreatedCredential,
  type Credential,
  type CredentialRow,
  type CredentialsStore,
  isRefusal,
  type NewCredential,
  type NewCredentialRow,
} from './credential.ts';
export { Credentials } from './credentials.ts';
export { PostgresCredentials } from './credentials-store.ts';
export { sourceOf } from './networks.ts';
export { bindModes, type SmppCapability, type SmppRules, smppRules } from './smpp-capability.ts';
export { type Refusal, Uses } from './uses.ts';
