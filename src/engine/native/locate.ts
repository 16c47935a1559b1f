import { existsSync, readdirSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { homedir } from 'node:os';
import path from 'node:path';
import { ADDON_NAME, hasLibraries, linkedAddon } from './link';
import { tensorflowOf } from './python';
import { isRecentEnough, LEAST_VERSION } from './version';

/** How an installation of the native libraries was found; the search follows this order. */
export type NativeSource = 'settings' | 'ACNET_NATIVE' | 'python' | 'installed' | 'cache' | 'tfjs-node';

/** The addon and the folder it lies in; TensorFlow's libraries lie beside it or where its rpath points. */
export interface NativeLocation {
  readonly addon: string;
  readonly folder: string;
  readonly foundBy: NativeSource;
}

/** Where TensorFlow was found, or everywhere that it was not. */
export interface NativeSearch {
  readonly found?: NativeLocation;
  /** One phrase per place that was looked at, in order. */
  readonly tried: readonly string[];
}

const PLATFORM = `${process.platform}-${process.arch}`;

/** Folder shared by all checkouts and by the extension's command line. */
export function cacheFolder(environment: NodeJS.ProcessEnv = process.env): string {
  if (environment.ACNET_CACHE) return path.resolve(environment.ACNET_CACHE);
  return path.join(environment.XDG_CACHE_HOME || path.join(homedir(), '.cache'), 'acnet-vscode');
}

/**
 * Looks for the native backend. A place the user named (settings, ACNET_NATIVE: a folder with the addon or with
 * TensorFlow's libraries, or the addon itself) is final: if nothing is there the search ends, so that a mistyped path does
 * not quietly give another TensorFlow.
 *
 * The extension says where to look by variables of its own: ACNET_SETTINGS_NATIVE (a path of the settings), ACNET_PYTHON
 * (an interpreter) and ACNET_STORAGE (what its install command fills). Without them these places are not looked at.
 */
export function findNative({
  environment = process.env,
}: { readonly environment?: NodeJS.ProcessEnv } = {}): NativeSearch {
  const { ACNET_SETTINGS_NATIVE: setting } = environment;
  if (setting) return named('settings', setting, environment);
  if (environment.ACNET_NATIVE) return named('ACNET_NATIVE', environment.ACNET_NATIVE, environment);
  const tried: string[] = [];
  for (const search of [inPython, inStorage, inCache, inTfjsNode]) {
    const result = search(environment);
    tried.push(...result.tried);
    if (result.found) return { found: result.found, tried };
  }
  return { tried };
}

function named(foundBy: NativeSource, given: string, environment: NodeJS.ProcessEnv): NativeSearch {
  const place = path.resolve(given);
  const isFolder = statSync(place, { throwIfNoEntry: false })?.isDirectory() ?? false;
  if (!isFolder) return at(foundBy, place, foundBy);
  const addon = path.join(place, ADDON_NAME);
  if (!existsSync(addon) && hasLibraries(place)) return beside(foundBy, place, foundBy, environment);
  return at(foundBy, addon, foundBy);
}

function inPython(environment: NodeJS.ProcessEnv): NativeSearch {
  const interpreter = environment.ACNET_PYTHON;
  if (!interpreter) return { tried: [] };
  const label = `Python (${interpreter})`;
  const answer = tensorflowOf(interpreter);
  if ('problem' in answer) return { tried: [`${label}: ${answer.problem}`] };
  const { folder, version } = answer.found;
  if (!isRecentEnough(version)) {
    return { tried: [`${label}: its TensorFlow ${version} is older than ${LEAST_VERSION}`] };
  }
  if (!hasLibraries(folder)) return { tried: [`${label}: its TensorFlow has no C libraries (${folder})`] };
  return beside('python', folder, label, environment);
}

function inStorage(environment: NodeJS.ProcessEnv): NativeSearch {
  const root = environment.ACNET_STORAGE;
  if (!root) return { tried: [] };
  const folder = path.join(root, newest(root) ?? `*-${PLATFORM}`);
  const label = 'installed by the extension';
  if (!hasLibraries(folder)) return { tried: [`${label} (${folder})`] };
  return beside('installed', folder, label, environment);
}

function inCache(environment: NodeJS.ProcessEnv): NativeSearch {
  const root = path.join(cacheFolder(environment), 'native');
  return at('cache', path.join(root, newest(root) ?? `*-${PLATFORM}`, ADDON_NAME), 'cache folder');
}

/** The newest `2.21.0-linux-x64` in a folder. */
function newest(root: string): string | undefined {
  if (!existsSync(root)) return undefined;
  return readdirSync(root)
    .filter((name) => /^\d+\.\d+\.\d+-/.test(name) && name.endsWith(`-${PLATFORM}`))
    .sort((a, b) => b.localeCompare(a, 'en', { numeric: true }))[0];
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

/** Libraries without an addon: ours is laid beside links to them. */
function beside(
  foundBy: NativeSource,
  libraries: string,
  label: string,
  environment: NodeJS.ProcessEnv,
): NativeSearch {
  const addons = builtAddons(environment);
  if (!addons) return { tried: [`${label} (${libraries}): no addon was built for ${PLATFORM}`] };
  try {
    const root = path.join(environment.ACNET_STORAGE ?? cacheFolder(environment), 'linked');
    return at(foundBy, linkedAddon(addons, libraries, root), label);
  } catch (error) {
    return { tried: [`${label} (${libraries}): ${error instanceof Error ? error.message : String(error)}`] };
  }
}

/** Where addons for this system lie: those that ship beside the bundle, else those of the set-up. */
function builtAddons(environment: NodeJS.ProcessEnv): string | undefined {
  const cached = path.join(cacheFolder(environment), 'native');
  const places = [
    path.join(environment.ACNET_ADDONS ?? path.join(import.meta.dirname, 'native'), PLATFORM),
    path.join(cached, newest(cached) ?? `*-${PLATFORM}`),
  ];
  return places.find((place) => existsSync(path.join(place, ADDON_NAME)));
}
