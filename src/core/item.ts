/**
 * The item of a list at a place that exists by what the caller has made sure of.
 * @param what the list is, for whoever reads the error
 * @throws RangeError if there is none, which is a mistake of this program: what a file may lack is a CheckpointError
 */
export function item<T>(list: ArrayLike<T>, index: number, what = 'items'): T {
  const found = list[index];
  if (found === undefined) throw new RangeError(`${what}: no item ${index} among ${list.length}`);
  return found;
}
