/** How many of what: `1 epoch`, `20 epochs`. @param noun one whose plural ends in `s` */
export function counted(value: number, noun: string): string {
  return `${value} ${noun}${value === 1 ? '' : 's'}`;
}
