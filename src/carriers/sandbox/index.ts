export { Handset, type HandsetMessage } from './handset.ts';
export { SandboxLink } from './link.ts';
export { type SandboxRule, sandboxRules } from './rules.ts';
