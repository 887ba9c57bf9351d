export type { Io } from './command.ts';
export { runCommand } from './run.ts';
