/** How far a file came. */
export type Outcome = 'refused' | 'opened' | 'rewritten';

/** The result; `undefined` if it was refused in the way that is allowed. */
export async function refusable<T>(
  allowed: abstract new (...args: never[]) => Error,
  action: () => T | Promise<T>,
): Promise<T | undefined> {
  try {
    return await action();
  } catch (error) {
    if (error instanceof allowed) return undefined;
    throw error;
  }
}
