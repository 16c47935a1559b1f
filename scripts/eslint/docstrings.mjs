/**
 * Exported things have a docstring: what it is, shapes, units, errors. What a file only passes on has its own where it is
 * defined; the props of a component are what its fields say. Of a schema and the type made of it one says it for both.
 */
export const docstrings = {
  meta: {
    type: 'suggestion',
    schema: [],
    messages: {
      missing: 'Say what the exported {{name}} is: a docstring (/** … */) with shapes, units and errors.',
    },
  },
  create({ sourceCode, report }) {
    return {
      ExportNamedDeclaration(node) {
        const { declaration } = node;
        if (!declaration || isProps(declaration) || isDocumented(node, sourceCode)) return;
        if (partnersOf(declaration, sourceCode).some((other) => isDocumented(other, sourceCode))) return;
        report({ node: declaration, messageId: 'missing', data: { name: nameOf(declaration) } });
      },
    };
  },
};

function isProps({ type, id }) {
  return /^TS(Interface|TypeAlias)Declaration$/.test(type) && id.name.endsWith('Props');
}

/** Of overloads the first one says it for all. */
function isDocumented(node, sourceCode) {
  const comment = sourceCode.getCommentsBefore(node).at(-1);
  if (comment?.type === 'Block' && comment.value.startsWith('*')) return true;
  const before = sourceCode.getTokenBefore(node);
  const earlier = before && sourceCode.getNodeByRangeIndex(before.range[0]);
  const name = nameOf(node.declaration);
  return earlier?.parent?.type === 'ExportNamedDeclaration' && nameOf(earlier.parent.declaration) === name;
}

/** The exported types that are made of an exported value (`Of<typeof value>`), or the values that a type is made of. */
function partnersOf(declaration, sourceCode) {
  const others = sourceCode.ast.body.filter(
    (node) => node.type === 'ExportNamedDeclaration' && node.declaration,
  );
  const isMadeOf = (type, value) =>
    /^TS(Interface|TypeAlias)Declaration$/.test(type.type) &&
    value.type === 'VariableDeclaration' &&
    new RegExp(`^[^{;]*\\btypeof ${nameOf(value)}\\b[^.]`).test(sourceCode.getText(type));
  return others.filter(
    ({ declaration: other }) => isMadeOf(other, declaration) || isMadeOf(declaration, other),
  );
}

function nameOf(declaration) {
  return declaration?.id?.name ?? declaration?.declarations?.map(({ id }) => id.name).join(', ') ?? 'thing';
}
