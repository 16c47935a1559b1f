/**
 * Words that readers from everywhere stumble over, and what to write in their place. ESLint holds every text of `src` and `webview` to
 * it, and a test the documents.
 */
const PATTERNS = [
  [/\bheld against\b/i, 'compared with'],
  [/\b(?:is|are|was|were) told\b/i, 'is reported, is shown'],
  [/\b(?:is|are|was|were) said\b/i, 'is reported, is shown'],
  [/\bgo(?:es)? on with\b/i, 'continues'],
  [/\bwithout being asked\b/i, 'unless you ask'],
  [/\bstands? (?:behind|beside)\b/i, 'follows, is beside'],
  [/\balone\b/i, 'only'],
  [/\b(?<!\bthere )(?:is|are) no (?!longer\b|better\b|more\b|such\b)/i, 'is not a …'],
  [/\banswers? the same\b/i, 'gives the same outputs'],
  [/\bpassed on as it is\b/i, 'not supported: kept, but cannot be run'],
  [/\bblocks bought\b/i, 'gain of the blocks'],
];

/** Whether a literal is a text for people: one of two words and more. */
export function isText(text) {
  return /\S\s+\S/.test(text);
}

/** What a text should say instead. @returns one line for each pattern that it matches */
export function plainer(text) {
  return PATTERNS.flatMap(([pattern, better]) => {
    const found = pattern.exec(text)?.[0];
    return found === undefined ? [] : [`"${found.trim()}": write "${better}"`];
  });
}

/** An ESLint plug-in with one rule, for texts. */
export const plainWords = {
  rules: {
    texts: {
      meta: { type: 'suggestion', schema: [] },
      create(context) {
        const check = (node, text) => {
          if (!isText(text)) return;
          for (const message of plainer(text)) context.report({ node, message });
        };
        return {
          Literal: (node) => typeof node.value === 'string' && check(node, node.value),
          TemplateElement: (node) => check(node, node.value.cooked ?? ''),
          JSXText: (node) => check(node, node.value),
        };
      },
    },
  },
};
