/** Keras's file name of a class: `BatchNormalization` → `batch_normalization`. Source: keras/src/utils/naming.py. */
function snakeCase(name: string): string {
  return name
    .replace(/\W+/g, '')
    .replace(/(.)([A-Z][a-z]+)/g, '$1_$2')
    .replace(/([a-z])([A-Z])/g, '$1_$2')
    .toLowerCase();
}

/**
 * Paths of layers in a `.keras` file: the class in snake case, counted from the second on. They depend on
 * the order of the layers, so that an inserted layer renumbers all later ones of its class.
 */
export function countedNames(classNames: readonly string[]): string[] {
  const used = new Map<string, number>();
  return classNames.map((className) => {
    const name = snakeCase(className);
    const count = used.get(name) ?? 0;
    used.set(name, count + 1);
    return count === 0 ? name : `${name}_${count}`;
  });
}
