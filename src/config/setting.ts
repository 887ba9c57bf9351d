import { type Kind, text } from './kinds.ts';

interface Row {
  /** What it is for, and what its default means, for the reference page. */
  readonly doc: string;
  readonly unit?: string;
  /** The environment variable, where it is not the one that follows from the name. */
  readonly environment?: string;
  readonly secret?: true;
}

/** One setting. Its place in the table is its name, its place in the YAML file and the name of its environment variable. */
export interface Setting<T> extends Row {
  readonly kind: Kind<T>;
  readonly default: T;
}

export const preset = <T>(kind: Kind<T>, row: Row & { readonly default: NoInfer<T> }): Setting<T> => ({ kind, ...row });
export const optional = <T>(kind: Kind<T>, row: Row): Setting<T | null> => ({ kind, default: null, ...row });

export const path = text('the path of a file or folder');
