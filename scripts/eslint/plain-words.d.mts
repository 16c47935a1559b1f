import type { ESLint } from 'eslint';

/** What a text should say instead. @returns one line for each pattern that it matches */
export function plainer(text: string): string[];

/** An ESLint plug-in with one rule, for texts of two words and more. */
export const plainWords: ESLint.Plugin;
