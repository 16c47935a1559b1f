import { mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { SetupError, root } from './shared.mjs';

/** tfjs-node's addon in source. */
const BINDING = path.join(root, 'node_modules/@tensorflow/tfjs-node/binding');

/**
 * What is changed in tfjs-node's addon: `loadSavedModel` takes a session's options as its third argument, and
 * `sessionOptions` says so. Each text stands in its file once.
 */
const CHANGES = {
  'tfjs_backend.h': [
    [
      'LoadSavedModel(napi_env env, napi_value export_dir,\n                            napi_value tags_value);',
      'LoadSavedModel(napi_env env, napi_value export_dir,\n                            napi_value tags_value, napi_value config_value);',
    ],
  ],
  'tfjs_backend.cc': [
    ['#include "utils.h"\n', '#include "utils.h"\n#include "session_config.h"\n'],
    [
      'napi_value tags_value) {\n  TF_SessionOptions *session_options = TF_NewSessionOptions();\n',
      `napi_value tags_value, napi_value config_value) {
  TF_SessionOptions *session_options = TF_NewSessionOptions();
  if (!acnet::SetSessionConfig(env, config_value, session_options)) {
    TF_DeleteSessionOptions(session_options);
    return nullptr;
  }
`,
    ],
  ],
  'tfjs_binding.cc': [
    [
      '// Load saved model takes 2 params: export_dir, tags:\n  size_t argc = 2;\n  napi_value args[2];\n',
      '// One that is not given is undefined.\n  size_t argc = 3;\n  napi_value args[3];\n',
    ],
    [
      'backend->LoadSavedModel(env, args[0], args[1]);',
      'backend->LoadSavedModel(env, args[0], args[1], args[2]);',
    ],
    [
      '  EXPORT_INT_PROPERTY(TF_UINT8);\n',
      '  EXPORT_INT_PROPERTY(TF_UINT8);\n  AssignIntProperty(env, exports, "sessionOptions", 1);\n',
    ],
  ],
};

/**
 * A text with every change made.
 * @throws SetupError where a text to be changed does not stand in it once: another version of tfjs-node
 */
export function changed(name, text, changes) {
  return changes.reduce((now, [from, to]) => {
    const count = now.split(from).length - 1;
    if (count === 1) return now.replace(from, () => to);
    const found = `found ${count} times: ${from.split('\n')[0]}`;
    throw new SetupError(`tfjs-node's ${name} is not the one that the set-up changes (${found})`);
  }, text);
}

/** The addon's sources by name, as they are compiled. */
export function bindingSources() {
  const files = readdirSync(BINDING).filter((name) => /\.(cc|h)$/.test(name));
  for (const name of Object.keys(CHANGES)) {
    if (!files.includes(name)) throw new SetupError(`tfjs-node has no ${name} to compile (${BINDING})`);
  }
  return new Map(
    files.map((name) => [
      name,
      changed(name, readFileSync(path.join(BINDING, name), 'utf8'), CHANGES[name] ?? []),
    ]),
  );
}

/** Writes the addon's sources into a folder. */
export function writeBinding(folder) {
  mkdirSync(folder, { recursive: true });
  for (const [name, text] of bindingSources()) writeFileSync(path.join(folder, name), text);
}
