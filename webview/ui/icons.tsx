/** Line icons, 16 px, in the text's colour. Always beside words or in a named button. */
import type { VNode } from 'preact';

const paths = {
  warning: 'M8 2 14.5 13.5h-13zM8 6.5v3.2M8 11.3v.7',
  info: 'M14 8A6 6 0 1 1 2 8a6 6 0 0 1 12 0zM8 7.2v3.8M8 5v.6',
  error: 'M14 8A6 6 0 1 1 2 8a6 6 0 0 1 12 0zM5.8 5.8l4.4 4.4M10.2 5.8l-4.4 4.4',
  check: 'm3 8.5 3.2 3.2L13 4.8',
  no: 'M14 8A6 6 0 1 1 2 8a6 6 0 0 1 12 0zM3.8 3.8l8.4 8.4',
  acb: 'M2.5 5.5h10M10 3l2.5 2.5M13.5 10.5h-10M6 13l-2.5-2.5',
  search: 'M11.2 7a4.2 4.2 0 1 1-8.4 0 4.2 4.2 0 0 1 8.4 0zM10.2 10.2l3.3 3.3',
  copy: 'M6.5 5.5h6a1 1 0 0 1 1 1v6a1 1 0 0 1-1 1h-6a1 1 0 0 1-1-1v-6a1 1 0 0 1 1-1zM3.5 10.5h-1v-8h8v1',
  retry: 'M12.7 6A5 5 0 1 0 13 9M13 2.8V6H9.8',
  stop: 'M4 4h8v8H4z',
  pause: 'M5.5 3.5v9M10.5 3.5v9',
  play: 'M5 3.2 12.2 8 5 12.8z',
  more: 'M3 8a.5.5 0 1 0 1 0a.5.5 0 1 0-1 0M7.5 8a.5.5 0 1 0 1 0a.5.5 0 1 0-1 0M12 8a.5.5 0 1 0 1 0a.5.5 0 1 0-1 0',
  up: 'm4.5 9.5 3.5-3.5 3.5 3.5',
  down: 'm4.5 6.5 3.5 3.5 3.5-3.5',
} as const;

/** Every icon that there is. */
export type IconName = keyof typeof paths;

/** Hidden from screen readers; `tone` is a class of the style sheet that colours it. */
export function Icon({ name, tone }: { readonly name: IconName; readonly tone?: string }): VNode {
  return (
    <svg
      class={`icon ${tone ?? ''}`}
      width="16"
      height="16"
      viewBox="0 0 16 16"
      fill="none"
      stroke="currentColor"
      stroke-width="1.1"
      stroke-linejoin="round"
      stroke-linecap="round"
      aria-hidden="true"
    >
      <path d={paths[name]} />
    </svg>
  );
}
