import { existsSync, readdirSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { homedir } from 'node:os';
import path from 'node:path';

/** How an installation of the native libraries was found; the search follows this order. */
export type NativeSource = 'settings' | 'ACNET_NATIVE' | 'cache' | 'tfjs-node';

/** The addon and the folder it lies in; TensorFlow's libraries lie beside it or where its rpath points. */
export interface NativeLocation {
  readonly addon: string;
  readonly folder: string;
  readonly foundBy: NativeSource;
}

export interface NativeSearch {
  readonly found?: NativeLocation;
  /** One phrase per place that was looked at, in order. */
  readonly tried: readonly string[];
}

export const ADDON_NAME = 'tfjs_binding.node';

/** Folder shared by all checkouts and by the extension's command line. */
export function cacheFolder(environment: NodeJS.ProcessEnv = process.env): string {
  if (environment.ACNET_CACHE) return path.resolve(environment.ACNET_CACHE);
  return path.join(environment.XDG_CACHE_HOME || path.join(homedir(), '.cache'), 'acnet-vscode');
}

/**
 * Looks for the native backend. A place the user named (settings, ACNET_NATIVE) is final: if nothing is there
 * the search ends, so that a mistyped path does not quietly give another TensorFlow.
 * @param options.settingsPath folder with the addon, or the addon itself
 */
export function findNative(
  options: { readonly settingsPath?: string; readonly environment?: NodeJS.ProcessEnv } = {},
): NativeSearch {
  const environment = options.environment ?? process.env;
  if (options.settingsPath) return named('settings', options.settingsPath);
  if (environment.ACNET_NATIVE) return named('ACNET_NATIVE', environment.ACNET_NATIVE);
  const tried: string[] = [];
  for (const search of [inCache, inTfjsNode]) {
    const result = search(environment);
    tried.push(...result.tried);
    if (result.found) return { found: result.found, tried };
  }
  return { tried };
}

function named(foundBy: NativeSource, given: string): NativeSearch {
  const place = path.resolve(given);
  const isFolder = statSync(place, { throwIfNoEntry: false })?.isDirectory() ?? false;
  return at(foundBy, isFolder ? path.join(place, ADDON_NAME) : place, foundBy);
}

function inCache(environment: NodeJS.ProcessEnv): NativeSearch {
  const root = path.join(cacheFolder(environment), 'native');
  const platform = `-${process.platform}-${process.arch}`;
  const newest = existsSync(root)
    ? readdirSync(root)
        .filter((name) => /^\d+\.\d+\.\d+-/.test(name) && name.endsWith(platform))
        .sort((a, b) => b.localeCompare(a, 'en', { numeric: true }))[0]
    : undefined;
  return at('cache', path.join(root, newest ?? `*${platform}`, ADDON_NAME), 'cache folder');
}

function inTfjsNode(): NativeSearch {
  const label = "tfjs-node's own installation";
  try {
    const manifest = createRequire(import.meta.url).resolve('@tensorflow/tfjs-node/package.json');
    return at('tfjs-node', path.join(path.dirname(manifest), 'lib', 'napi-v8', ADDON_NAME), label);
  } catch {
    return { tried: [`${label} (package not installed)`] };
  }
}

function at(foundBy: NativeSource, addon: string, label: string): NativeSearch {
  const tried = [`${label} (${addon})`];
  if (!existsSync(addon)) return { tried };
  return { found: { addon, folder: path.dirname(addon), foundBy }, tried };
}
