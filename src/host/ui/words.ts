/** How many of what: `1 epoch`, `20 epochs`. @param noun one whose plural ends in `s` */
export function counted(value: number, noun: string): string {
  return `${value} ${noun}${value === 1 ? '' : 's'}`;
}

/** A tiny or huge number: `2.1e−7`, and 0 as `0`. @param digits behind the point */
export function scientific(value: number, digits = 1): string {
  return value === 0 ? '0' : value.toExponential(digits).replace('e-', 'e\u2212').replace('e+', 'e');
}
