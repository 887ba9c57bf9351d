/**
 * Just enough of TypeScript's lexical grammar to look at source without being fooled by comments and texts. Template
 * literals stay as they are, since code stands in them.
 */
const TOKEN =
  /(?<comment>\/\/[^\n]*|\/\*[\s\S]*?\*\/)|(?<text>'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*")|(?<template>`(?:\\[\s\S]|[^`\\])*`)|(?<regex>(?<=(?:^|[(,=:[!&|?{};>]|\breturn)\s*)\/(?![*/])(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\\n[])+\/)/gm;

const blank = (token: string): string => token.replaceAll(/[^\n]/g, ' ');

/** The source without comments; every other character keeps its place. */
export const withoutComments = (source: string): string =>
  source.replaceAll(TOKEN, (token) => (token.startsWith('//') || token.startsWith('/*') ? blank(token) : token));

/** The source without comments, texts and regular expressions: what is left is code. */
export const onlyCode = (source: string): string =>
  source.replaceAll(TOKEN, (token) => (token.startsWith('`') ? token : blank(token)));

/** The line, from 1, on which a character of the source stands. */
export const lineAt = (source: string, index: number): number => source.slice(0, index).split('\n').length;
