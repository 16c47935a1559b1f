import { CheckpointError, type ErrorDetail } from './errors';

/** What JSON can hold. */
export type Json = null | boolean | number | string | readonly Json[] | JsonObject;
export interface JsonObject {
  readonly [key: string]: Json | undefined;
}

/** Deepest nesting that is read: no model configuration comes near, a hostile one exhausts the stack. */
const MAX_DEPTH = 200;

/**
 * Parses JSON from a file.
 * @throws CheckpointError if it is malformed or nested deeper than any model is.
 */
export function parseJson(text: string, detail: ErrorDetail): Json {
  if (tooDeep(text)) {
    throw new CheckpointError('JSON is nested too deeply', { ...detail, allowed: `${MAX_DEPTH} levels` });
  }
  try {
    return JSON.parse(text) as Json;
  } catch (error) {
    throw new CheckpointError(`malformed JSON: ${error instanceof Error ? error.message : ''}`, detail);
  }
}

function tooDeep(text: string): boolean {
  let depth = 0;
  let inString = false;
  for (let i = 0; i < text.length; i += 1) {
    const c = text.charCodeAt(i);
    if (inString) {
      if (c === 0x5c) i += 1;
      else if (c === 0x22) inString = false;
    } else if (c === 0x22) inString = true;
    else if (c === 0x5b || c === 0x7b) {
      depth += 1;
      if (depth > MAX_DEPTH) return true;
    } else if (c === 0x5d || c === 0x7d) depth -= 1;
  }
  return false;
}

/** True for a JSON object (not an array, not null). */
export function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** True for a JSON array. */
export function isArray(value: Json | undefined): value is readonly Json[] {
  return Array.isArray(value);
}
