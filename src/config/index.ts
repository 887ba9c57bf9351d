export { type Environment, loadSettings } from './load.ts';
export { allSettings, type NamedSetting, type Settings } from './settings.ts';
