/** Adds a value to the group of its key. In place: a new list for each value takes n² steps for n of one key. */
export function addTo<K, V>(groups: Map<K, V[]>, key: K, value: V): void {
  const group = groups.get(key);
  if (group) group.push(value);
  else groups.set(key, [value]);
}
