export type { ExportAddress } from './audit-kinds.ts';
export { type Environment, loadSettings } from './load.ts';
export { allSettings, type NamedSetting, type Settings } from './settings.ts';
