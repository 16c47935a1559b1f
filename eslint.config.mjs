import tseslint from 'typescript-eslint';
import { docstrings } from './scripts/eslint/docstrings.mjs';
import { plainWords } from './scripts/eslint/plain-words.mjs';

const TO_TERMINAL = 'Write through Session or Output (src/cli), which show foreign text as text.';

const TO_PAGE = 'Use the html tag or JSX, which take text as text.';
const TO_EDITOR = 'Ask src/host/ui/window.ts, which shows foreign text as text.';
/** What of `vscode.window` takes no text of a file. */
const WITHOUT_TEXT =
  'activeTextEditor|onDidChangeActiveTextEditor|tabGroups|registerCustomEditorProvider|showTextDocument|showOpenDialog|showSaveDialog|createTreeView';
const JSON_PARSE = {
  object: 'JSON',
  property: 'parse',
  message: 'Parse with src/core/encodings/json.ts, which bounds depth, length and the number of values.',
};

const TERMINAL = ['stdout', 'stderr'].map((property) => ({
  object: 'process',
  property,
  message: TO_TERMINAL,
}));

const TO_FILES =
  'Write and read through src/files: it follows no link in a folder of somebody else, waits for no pipe, leaves nothing half-written.';
/** Of node:fs, what makes, changes or removes, and what reads whole files: under each name. */
const CHANGES_FILES = [
  ...['appendFile', 'chmod', 'chown', 'copyFile', 'cp', 'createReadStream', 'createWriteStream', 'lchmod'],
  ...['lchown', 'link', 'lutimes', 'mkdir', 'mkdtemp', 'open', 'openAsBlob', 'readFile', 'rename', 'rm'],
  ...['rmdir', 'symlink', 'truncate', 'ftruncate', 'unlink', 'utimes', 'write', 'writev', 'writeFile'],
].flatMap((name) => [name, `${name}Sync`]);
const NO_FILES = ['node:fs', 'node:fs/promises', 'fs', 'fs/promises'].map((name) => ({
  name,
  importNames: ['default', 'promises', ...CHANGES_FILES],
  message: TO_FILES,
}));

const TO_CODE =
  'Text is for people, and changes: give what it says a code or a field of its own, and ask for that.';
/** Names of what holds a sentence. */
const SENTENCE = '/^(message|summary|reason|title|warning|failure|problem|phase|sentence)$/';
/** At a place of a call, a sentence: by its name, or as a member. `this.text` is what a reader of files reads. */
const sentenceAt = (place) =>
  `:matches(Identifier.${place}[name=${SENTENCE}], MemberExpression.${place}[property.name=${SENTENCE}], MemberExpression.${place}[property.name=/^(text|label|network|note)$/][object.type!='ThisExpression'])`;
const COMPARED =
  ':matches(Identifier[name=/^(message|summary|reason|title|warning|failure|problem|sentence)$/], MemberExpression[property.name=/^(message|summary|reason|title|warning|failure|problem|sentence|label)$/])';
/** Behaviour that hangs on a sentence: a copy-edit would change what the program does. */
const MATCHED_SENTENCES = [
  `MemberExpression[property.name=/^(startsWith|endsWith|includes|indexOf|match|matchAll|search)$/] > ${sentenceAt('object')}`,
  `CallExpression[callee.property.name=/^(test|exec)$/] > ${sentenceAt('arguments')}`,
  ...['left', 'right'].map(
    (side) =>
      `BinaryExpression[operator=/^[!=]==$/][${side}.type='Literal'][${side}.value=/./] > ${COMPARED}`,
  ),
].map((selector) => ({ selector, message: TO_CODE }));

/** What the process that started this one held counts in it. */
const PEAK = {
  selector: "MemberExpression[property.name='maxRSS']",
  message: 'Use peakBytes of src/files/process-memory.',
};

/** Limits on size and complexity; the walls between folders are in .dependency-cruiser.cjs. */
export default tseslint.config(
  { ignores: ['dist/**', 'out/**', 'node_modules/**', 'coverage/**'] },
  ...tseslint.configs.recommendedTypeChecked,
  {
    files: ['src/**', 'webview/**'],
    plugins: { words: plainWords },
    rules: { 'words/texts': 'error' },
  },
  {
    languageOptions: {
      parserOptions: {
        projectService: true,
        tsconfigRootDir: import.meta.dirname,
      },
    },
    rules: {
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/no-non-null-assertion': 'error',
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': [
        'error',
        { considerDefaultExhaustiveForUnions: true },
      ],
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      '@typescript-eslint/restrict-template-expressions': [
        'error',
        { allowNumber: true, allowBoolean: true },
      ],
      complexity: ['error', 15],
      'max-lines': ['error', { max: 400, skipBlankLines: true, skipComments: true }],
      'max-lines-per-function': ['error', { max: 60, skipBlankLines: true, skipComments: true }],
      eqeqeq: 'error',
      'no-console': 'error',
    },
  },
  {
    files: ['src/contract/**'],
    // An interface of what a schema infers has a name in errors, where an alias shows all its fields.
    rules: {
      '@typescript-eslint/no-empty-object-type': ['error', { allowInterfaces: 'with-single-extends' }],
    },
  },
  {
    files: ['src/**', 'webview/**'],
    // zlib gives several faults one code: only its message says which.
    ignores: ['src/engine/data/png.ts'],
    rules: { 'no-restricted-syntax': ['error', ...MATCHED_SENTENCES, PEAK] },
  },
  {
    files: ['src/**'],
    // They write as it comes; src/cli/io.ts takes only what is fit for a terminal.
    ignores: ['src/cli/io.ts', 'src/cli/index.ts', 'src/worker/port.ts'],
    rules: {
      'no-restricted-properties': ['error', JSON_PARSE, ...TERMINAL],
    },
  },
  {
    files: ['src/**'],
    ignores: [
      'src/files/**',
      // Readers of images, which open no pipe.
      ...['src/engine/data/file.ts', 'src/engine/data/decoding/thread.ts'],
      // Folders of their own making, which nobody else fills: for one session, for libraries, for an installation.
      ...['src/engine/tensorflow/session.ts', 'src/engine/native/link.ts', 'src/host/native/*.ts'],
      ...[
        'src/host/commands/install-backend.ts',
        'src/host/sample/place.ts',
        'src/cli/demo/sample-folder.ts',
      ],
      // Makes the folder that the user chose.
      'src/host/commands/export.ts',
    ],
    rules: { 'no-restricted-imports': ['error', { paths: NO_FILES }] },
  },
  {
    // The place for it.
    files: ['src/files/process-memory.ts'],
    rules: { 'no-restricted-syntax': ['error', ...MATCHED_SENTENCES] },
  },
  {
    files: ['src/host/**', 'src/extension.ts'],
    ignores: ['src/host/ui/window.ts', 'src/host/ui/quick-pick.ts'],
    rules: {
      'no-restricted-syntax': [
        'error',
        ...MATCHED_SENTENCES,
        {
          selector: `:not(MemberExpression[property.name=/^(${WITHOUT_TEXT})$/]) > MemberExpression[property.name='window'][object.name='vscode']`,
          message: TO_EDITOR,
        },
        {
          selector: "ImportDeclaration[source.value='vscode'] > ImportSpecifier[imported.name!='l10n']",
          message: 'Import vscode as a whole, so that eslint sees what of it is used.',
        },
        { selector: "VariableDeclarator[init.name='vscode']", message: TO_EDITOR },
        { selector: "NewExpression[callee.property.name='TreeItem']", message: TO_EDITOR },
        {
          selector: "NewExpression[callee.property.name='MarkdownString']",
          message: 'No function of src/shared/sinks makes Markdown yet: add one with its row in the test.',
        },
      ],
    },
  },
  {
    files: ['src/operations/report/**', 'webview/**'],
    ignores: ['src/operations/report/html.ts'],
    rules: {
      'no-restricted-syntax': [
        'error',
        ...MATCHED_SENTENCES,
        { selector: "NewExpression[callee.name='Markup'][arguments.0.name!='STYLE']", message: TO_PAGE },
        {
          selector:
            ':matches(JSXAttribute[name.name=/^(dangerouslySetInnerHTML|srcdoc)$/i], MemberExpression[property.name=/^(innerHTML|outerHTML|insertAdjacentHTML|setHTMLUnsafe)$/])',
          message: TO_PAGE,
        },
      ],
    },
  },
  {
    files: ['src/cli/io.ts', 'src/cli/index.ts', 'src/worker/port.ts', 'webview/**'],
    rules: { 'no-restricted-properties': ['error', JSON_PARSE] },
  },
  {
    // The parser itself; lines that our own script prints, which the host may not use the core for.
    files: ['src/core/encodings/json.ts', 'src/host/native/installer-process.ts'],
    rules: { 'no-restricted-properties': ['error', ...TERMINAL] },
  },
  {
    files: ['src/core/formats/state-dict/python/**'],
    rules: {
      'no-restricted-syntax': [
        'error',
        ...MATCHED_SENTENCES,
        {
          selector: String.raw`TemplateElement[tail=false][value.raw=/(^|[^"])["']$/]`,
          message: 'Quotes by hand let the text end them: use pythonString.',
        },
      ],
    },
  },
  {
    // What they export is read by everyone.
    files: [
      ...['core', 'engine', 'files', 'operations', 'contract', 'shared', 'cli', 'host'].map(
        (side) => `src/${side}/**`,
      ),
      'webview/**',
    ],
    plugins: { acnet: { rules: { docstrings } } },
    rules: { 'acnet/docstrings': 'error' },
  },
  {
    files: ['test/**'],
    rules: {
      'max-lines-per-function': 'off',
      'no-console': 'off',
      'no-restricted-syntax': ['error', PEAK],
    },
  },
  {
    files: ['**/*.mjs', '**/*.cjs'],
    extends: [tseslint.configs.disableTypeChecked],
    rules: { 'no-console': 'off', '@typescript-eslint/no-require-imports': 'off' },
  },
);
