/**
 * The walls: what a folder of src/ and webview/ may import. Dependencies point one way:
 * webview → contract ← host, and contract ← worker, cli → operations → engine, files → core.
 * src/shared is beneath them all: every folder may import it, and it imports nothing.
 */
const SHARED = '^src/shared/';
const only = (from, allowed, comment) => ({
  name: `walls-${from.replace(/\W+/g, '-')}`,
  comment,
  severity: 'error',
  from: { path: `^${from}` },
  to: { path: '^(src|webview)/', pathNot: [`^${from}`, SHARED, ...allowed.map((a) => `^${a}`)] },
});

module.exports = {
  forbidden: [
    {
      name: 'no-circular',
      comment: 'imports of types are counted: files that know each other are one thing',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'shared-imports-nothing',
      comment: 'the page, the extension and the command line all bundle it',
      severity: 'error',
      from: { path: SHARED },
      to: { pathNot: SHARED },
    },
    only('src/core/tensor/', ['src/core/(errors|bytes|item)'], 'tensors know bytes and errors alone'),
    only('src/core/graph/', ['src/core/(errors|item)', 'src/core/tensor/'], 'the graph knows no file format'),
    only(
      'src/core/encodings/',
      ['src/core/(errors|bytes|item|proportion)', 'src/core/tensor/'],
      'encodings know no format and no network',
    ),
    only(
      'src/core/formats/',
      [
        'src/core/(errors|bytes|blueprint|checkpoint|item|proportion|sibling-name)',
        'src/core/tensor/',
        'src/core/graph/',
        'src/core/encodings/',
      ],
      'formats know no ACNet rule',
    ),
    only(
      'src/core/acnet/',
      ['src/core/(errors|checkpoint|item|random)', 'src/core/tensor/', 'src/core/graph/'],
      'ACNet rules know no file format',
    ),
    only(
      'src/core/analysis/',
      ['src/core/(errors|checkpoint|item|random)', 'src/core/tensor/', 'src/core/graph/', 'src/core/acnet/'],
      '',
    ),
    only('src/core/', [], 'core imports nothing else of src/'),
    only('src/engine/', ['src/core/'], 'the engine knows core alone'),
    only('src/files/', ['src/core/'], 'files are bytes to core'),
    only('src/contract/', ['src/core/errors'], 'contracts hold no logic'),
    only(
      'src/operations/',
      ['src/core/', 'src/engine/', 'src/files/', 'src/contract/'],
      'operations join files, core and engine',
    ),
    only('src/worker/', ['src/core/', 'src/engine/', 'src/files/', 'src/operations/', 'src/contract/'], ''),
    only('src/cli/', ['src/core/', 'src/engine/', 'src/files/', 'src/operations/', 'src/contract/'], ''),
    only(
      'src/host/',
      ['src/contract/', 'src/files/text', 'src/files/process-memory'],
      'the extension host parses and computes nothing',
    ),
    only('webview/', ['src/contract/'], 'the page knows the contract only'),
    {
      name: 'core-is-pure',
      severity: 'error',
      from: { path: '^src/core/' },
      to: { dependencyTypes: ['core'] },
    },
    {
      name: 'core-no-tensorflow-no-vscode',
      severity: 'error',
      from: { path: '^src/core/' },
      to: { path: '(^|/)(vscode|@tensorflow)(/|$)' },
    },
    {
      name: 'vscode-in-host-only',
      severity: 'error',
      from: { path: '^(src|webview)/', pathNot: '^src/(host/|extension\\.ts)' },
      to: { path: '(^|/)vscode$' },
    },
    {
      name: 'tensorflow-in-engine-only',
      severity: 'error',
      from: { path: '^(src|webview)/', pathNot: '^src/engine/(tensorflow|native|portable)/' },
      to: { path: '@tensorflow/' },
    },
    {
      name: 'toolkit-behind-one-file',
      severity: 'error',
      from: { path: '^(src|webview)/', pathNot: '^webview/ui/toolkit\\.ts$' },
      to: { path: 'webview-ui-toolkit' },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.base.json' },
    builtInModules: { add: ['vscode'] },
  },
};
