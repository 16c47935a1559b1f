import fc from 'fast-check';

/**
 * Text that a stranger puts into files and their names, each for some reader: Python, a terminal, VS Code's
 * notifications, HTML, Markdown, a spreadsheet, JavaScript's own objects, the file system.
 */
export const HOSTILE: readonly string[] = [
  // Python
  'net""" + str(__import__("os").system("touch PWNED")) + """x',
  `net''' + str(__import__('os').system('touch PWNED')) + '''x`,
  'a"""\nimport os; os.system("touch PWNED")\n"""b',
  'ends with a quote"',
  'ends with two""',
  'ends with a backslash\\',
  'two backslashes\\\\',
  '\\"""\\"; open("PWNED", "w"); """',
  '\\N{BULLET} \\x \\u12 \\U0011ffff',
  'line\nbreak',
  'carriage\rreturn',
  'form\ffeed and \vtab',
  '# -*- coding: utf-7 -*- +AGEAYg-',
  '{__import__("os").system("touch PWNED")} %(x)s ${x}',
  'a\u0000b',
  'a\\u{41}b',
  // terminals
  '\u001b[2J\u001b[31mred',
  '\u001b]0;title\u0007',
  '\u001b]8;;https://example.com\u001b\\link\u001b]8;;\u001b\\',
  '\u001b]52;c;cm0gLXJm\u0007',
  '\u009b2J\u009d0;title\u009c',
  '\u001bP1;1|abc\u001b\\',
  'safe\b\b\b\bevil',
  'error\racnet: done',
  '\u007f\u007f\u0007',
  '\u202egnp.exe\u202c',
  '\u2066a\u2069\u2067b\u2069\u2068c',
  '\u200e\u200f\u061c',
  'zero\u200bwidth\ufeff\u00ad\u2060\u180e',
  'tag\u{e0001}\u{e0061}\u{e007f}',
  'line\u2028and\u2029paragraph\u0085next',
  'lone \ud800 and \udc00',
  'wide 漢字 🙂 e\u0301\u0301\u0301',
  // notifications and prompts
  '[Show details](command:workbench.action.terminal.sendSequence?%7B%22text%22%3A%22x%22%7D)',
  '[x](command:acnet.fuse)',
  '[x](https://example.com "title")',
  '[a [b](command:c) d](file:///etc/passwd)',
  '\\[x](command:acnet.fuse)',
  '$(error) $(sync~spin) $(x)',
  '&Yes && _No (&O)',
  // HTML and SVG
  '<script>alert(1)</script>',
  '"><img src=x onerror=alert(1)>',
  "' onmouseover='alert(1)",
  '</title></style></script><svg onload=alert(1)>',
  '<!-- --> ]]> <![CDATA[ &lt; &#60; &amp;',
  // Markdown
  '`code` **bold** _it_ ~~no~~ ![x](https://example.com/x.png)',
  '| a | b |\n|---|---|\n# head\n- list\n1. one\n> quote\n---',
  '<https://example.com> <a@example.com> [ref]: https://example.com',
  '```\nfence',
  // spreadsheets
  "=cmd|' /C calc'!A0",
  '+1+1',
  '-1+1|cmd',
  '@SUM(1)',
  '\t=1',
  '\r=1',
  'a,b;"c"\n=1',
  '＝1+1',
  // objects of JavaScript
  '__proto__',
  'constructor',
  'toString',
  // the file system
  '-rf',
  '--overwrite',
  'trailing space ',
  '~',
  'CON',
  '',
];

/** Whether a file system takes it as a file's name. */
export function isFileName(name: string): boolean {
  const bytes = Buffer.from(name);
  // What UTF-8 does not say becomes another name.
  return name !== '' && !/[/\0]/.test(name) && bytes.length <= 200 && bytes.toString() === name;
}

/** What must not reach a reader as it is; a terminal would obey some of it. */
export const UNSEEN =
  /[\u0000-\u001f\u007f-\u009f\u00ad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\p{Cs}\u{e0000}-\u{e0fff}]/u;

/** What VS Code 1.101 to 1.139 makes a link of in notifications and prompts (`linkedText.ts` there). */
export const EDITOR_LINK = /\[([^\]]+)\]\(((?:https?:\/\/|command:|file:)[^)\s]+)(?: (["'])(.+?)(\3))?\)/i;

/** What it makes an icon of (`iconLabels.ts`), escaped or not. */
export const EDITOR_ICON = /\$\([A-Za-z0-9-]+(?:~[A-Za-z]+)?\)/;

/** Pieces of hostile text in any order, and any characters between. */
export const hostileText = fc
  .array(
    fc.oneof(
      fc.constantFrom(...HOSTILE),
      fc.constantFrom('"', "'", '\\', '"""', '\n', '\r', '{', '\u2028', '\ud83d', '\u{1f642}', '\u{e0001}'),
      fc.string({ unit: 'binary' }),
    ),
    { maxLength: 5 },
  )
  .map((parts) => parts.join(''));
