import { createHash } from 'node:crypto';
import {
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { bindingSources, writeBinding } from './binding.mjs';
import { SetupError, cache, fillOnce, findPip, root, run, withLock, works } from './shared.mjs';
import { LIBRARIES, VERSION, WHEELS, downloadWheel, keptWheel } from './wheel.mjs';

/** What the addons include, directly or not. */
const HEADERS = [
  'tensorflow/c/c_api.h',
  'tensorflow/c/c_api_macros.h',
  'tensorflow/c/eager/c_api.h',
  'tensorflow/c/experimental/stream_executor/stream_executor.h',
  'tensorflow/c/kernels.h',
  'tensorflow/c/ops.h',
  'tensorflow/c/tf_attrtype.h',
  'tensorflow/c/tf_buffer.h',
  'tensorflow/c/tf_datatype.h',
  'tensorflow/c/tf_status.h',
  'tensorflow/c/tf_tensor.h',
  'tensorflow/c/tf_tstring.h',
  'tensorflow/core/common_runtime/next_pluggable_device/c/tf_rendezvous_c_api.h',
  'tensorflow/core/platform/ctstring.h',
  'tensorflow/core/platform/ctstring_internal.h',
  'tsl/platform/ctstring.h',
  'tsl/platform/ctstring_internal.h',
  'tsl/platform/platform.h',
  'xla/tsl/c/tsl_status.h',
];

/** Unpacks the named members of a zip into files; a member's name decides nothing about where it goes. */
const UNPACK = `
import json, os, shutil, sys, zipfile
with zipfile.ZipFile(sys.argv[1]) as archive:
    for member, target in json.loads(sys.argv[2]).items():
        os.makedirs(os.path.dirname(target), exist_ok=True)
        with archive.open(member) as source, open(target, "wb") as sink:
            shutil.copyfileobj(source, sink, 1 << 20)
`;

/**
 * Keeps what is needed of TensorFlow's package: the one that lies in the cache, or one that is downloaded only for this.
 * @param kept settles when the cache has its package, or will have none
 */
async function unpackLibraries(folder, wheel, kept) {
  const python = findPip();
  const own = path.join(folder, 'wheel');
  await kept;
  const file = keptWheel(wheel) ?? (await downloadWheel(own, wheel));
  const members = Object.fromEntries([
    ...LIBRARIES.map((name) => [`tensorflow/${name}`, path.join(folder, name)]),
    ...HEADERS.map((name) => [`tensorflow/include/${name}`, path.join(folder, 'include', name)]),
  ]);
  await run('unpacking TensorFlow', python, ['-c', UNPACK, file, JSON.stringify(members)]);
  rmSync(own, { recursive: true, force: true });
}

const hasHeaders = (folder) => HEADERS.every((name) => existsSync(path.join(folder, 'include', name)));

/** What an older set-up has laid into the cache may lack headers that are included now. */
async function addHeaders(target, wheel, kept) {
  if (hasHeaders(target)) return;
  await withLock(`${target}.lock`, async () => {
    if (hasHeaders(target)) return;
    const temporary = `${target}.headers`;
    rmSync(temporary, { recursive: true, force: true });
    mkdirSync(temporary);
    try {
      await unpackLibraries(temporary, wheel, kept);
      cpSync(path.join(temporary, 'include'), path.join(target, 'include'), { recursive: true });
    } finally {
      rmSync(temporary, { recursive: true, force: true });
    }
  });
}

const nodeHeaders = path.join(root, 'node_modules/node-api-headers/include');

const own = (name) => path.join(root, 'scripts/native', name);

/**
 * What is compiled: tfjs-node's addon with the changes of `binding.mjs`, the one that keeps TensorFlow's notes off standard error, and the one with
 * operators of our own. The last is refused as a whole by a TensorFlow that lacks a function it calls (`-z now`).
 */
const ADDONS = {
  'tfjs_binding.node': {
    generated: ['tfjs_backend.cc', 'tfjs_binding.cc'],
    included: [own('session_config.h')],
    options: LIBRARIES.map((name) => `-l:${name}`),
  },
  'acnet_quiet.node': { sources: [own('quiet.cc')], options: ['-Wl,--no-as-needed', '-l:libdl.so.2'] },
  'acnet_kernels.node': {
    sources: ['kernels.cc', 'convolutions.cc'].map(own),
    included: ['lanes.h', 'norms.h', 'convolutions.h', 'operators.h', 'pool.h', 'call.h'].map(own),
    options: ['-O3', '-Wno-psabi', '-Wl,-z,now', `-l:${LIBRARIES[1]}`],
  },
};

const FLAGS = ['-std=c++17', '-O2', '-fPIC', '-shared', '-DNAPI_VERSION=8', '-Wl,-rpath,$ORIGIN'];

/** What the shipped addons are compiled with besides, so that they run on older systems than this one, and small. */
const SHIPPED = ['-s', path.join(root, 'scripts/native/libstdcxx.cc')];

function addonStamp(flags) {
  const hash = createHash('sha256').update(JSON.stringify(flags));
  for (const text of bindingSources().values()) hash.update(text);
  for (const { sources = [], included = [], options } of Object.values(ADDONS)) {
    hash.update(JSON.stringify(options));
    for (const source of [...sources, ...included]) hash.update(readFileSync(source));
  }
  return hash.digest('hex');
}

function requireCompiler() {
  const compiler = process.env.CXX || 'g++';
  if (!works(compiler, ['--version'])) {
    throw new SetupError(`a C++ compiler is missing: ${compiler} does not run (Debian: apt-get install g++)`);
  }
  return compiler;
}

/**
 * @param folder where the addons go
 * @param libraries folder of TensorFlow's libraries and headers
 * @param more flags and sources for every addon
 */
async function compileAddons(folder, libraries, more = []) {
  const compiler = requireCompiler();
  const includes = [nodeHeaders, path.join(libraries, 'include'), own('')].map((dir) => `-I${dir}`);
  const binding = path.join(folder, 'binding');
  writeBinding(binding);
  try {
    await Promise.all(
      Object.entries(ADDONS).map(async ([name, { sources = [], generated = [], options }]) => {
        const output = path.join(folder, name);
        const files = [...sources, ...generated.map((file) => path.join(binding, file))];
        const args = [
          ...[...FLAGS, ...more, ...includes, ...files],
          ...['-o', `${output}.partial`, `-L${libraries}`, ...options],
        ];
        await run(`compiling ${name}`, compiler, args);
        renameSync(`${output}.partial`, output);
      }),
    );
  } finally {
    rmSync(binding, { recursive: true, force: true });
  }
}

function isCurrent(folder, stamp) {
  const file = path.join(folder, 'addon.sha256');
  return existsSync(file) && readFileSync(file, 'utf8') === stamp;
}

/**
 * TensorFlow's two libraries and the addons that call them, in one folder of the cache. The addons are built again
 * when their sources or flags have changed.
 * @param dependencies settles when node_modules is in place; the download does not wait for it
 * @param kept settles when the cache has TensorFlow's package, or will have none
 */
export async function installNative(dependencies, kept) {
  const platform = `${process.platform}-${process.arch}`;
  const wheel = WHEELS[platform];
  if (!wheel) {
    const supported = Object.keys(WHEELS).join(', ');
    throw new SetupError(`no native backend for ${platform} (supported: ${supported})`);
  }
  const target = path.join(cache, 'native', `${VERSION}-${platform}`);
  if (!existsSync(target)) requireCompiler(); // before the long download, not after it
  await fillOnce(target, (folder) => unpackLibraries(folder, wheel, kept));
  await addHeaders(target, wheel, kept);
  await dependencies;
  const stamp = addonStamp(FLAGS);
  if (isCurrent(target, stamp)) return false;
  await withLock(`${target}.lock`, async () => {
    if (isCurrent(target, stamp)) return;
    await compileAddons(target, target);
    writeFileSync(path.join(target, 'addon.sha256'), stamp);
  });
  return true;
}

/** Of what libraries an addon may need at most: VS Code itself needs as much (glibc 2.28, libstdc++ of GCC 8). */
const NEWEST = { GLIBC: '2.28', GLIBCXX: '3.4.25', CXXABI: '1.3.11' };

/** @throws SetupError when an addon that ships calls functions that older systems lack. */
function requireOldSymbols(file) {
  const text = readFileSync(file, 'latin1');
  for (const [, library, version] of text.matchAll(/\0(GLIBC|GLIBCXX|CXXABI)_([\d.]+)(?=\0)/g)) {
    if (version.localeCompare(NEWEST[library], 'en', { numeric: true }) > 0) {
      const name = path.basename(file);
      throw new SetupError(`${name} needs ${library} ${version} (allowed: up to ${NEWEST[library]})`);
    }
  }
}

/**
 * Lays the addons for this system into the folder that is shipped; compiled when something has changed. Needs what
 * `installNative` has put into the cache.
 * @returns the files, none where there is no native backend to compile against
 */
export async function buildShippedAddons(folder) {
  const platform = `${process.platform}-${process.arch}`;
  const libraries = path.join(cache, 'native', `${VERSION}-${platform}`);
  if (!WHEELS[platform] || !hasHeaders(libraries)) return [];
  const built = path.join(root, 'out/native', platform);
  const stamp = addonStamp([...FLAGS, readFileSync(SHIPPED[1], 'utf8'), SHIPPED[0]]);
  if (!isCurrent(built, stamp)) {
    mkdirSync(built, { recursive: true });
    await compileAddons(built, libraries, SHIPPED);
    Object.keys(ADDONS).forEach((name) => requireOldSymbols(path.join(built, name)));
    writeFileSync(path.join(built, 'addon.sha256'), stamp);
  }
  const target = path.join(folder, platform);
  mkdirSync(target, { recursive: true });
  return Object.keys(ADDONS).map((name) => {
    copyFileSync(path.join(built, name), path.join(target, name));
    return path.join(target, name);
  });
}
