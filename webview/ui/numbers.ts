/** Very small numbers as people read them. */

/** Two significant digits, as in `3.2e−7`; an en dash for what is no number. */
export function scientific(value: number): string {
  if (value === 0) return '0';
  if (!Number.isFinite(value)) return '–';
  return value.toExponential(1).replace('e-', 'e\u2212').replace('e+', 'e');
}
