import type { Backend } from '../../engine/backend';

/**
 * A context whose networks give the same numbers in every run, to the last bit, if the job asks for it.
 * @throws UnsupportedError, when the backend is asked for, where it cannot do so
 */
export function repeatably<C extends { backend(): Promise<Backend> }>(
  context: C,
  { deterministic }: { readonly deterministic: boolean },
): C {
  if (!deterministic) return context;
  let made: Promise<Backend> | undefined;
  const repeatable = async (): Promise<Backend> => {
    const backend = await context.backend();
    return backend.repeatable?.() ?? backend;
  };
  return { ...context, backend: () => (made ??= repeatable()) };
}
