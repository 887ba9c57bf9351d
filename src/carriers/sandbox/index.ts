export { Handset, type HandsetMessage, type HandsetWrite } from './handset.ts';
export { SandboxLink, type SandboxLinkOptions } from './link.ts';
export { type SandboxRule, sandboxRules } from './rules.ts';
