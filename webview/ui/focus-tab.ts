/** Puts the focus on a tab of the strip: what had it leaves the page. */
export function focusTab(id: string): void {
  document.getElementById(`tab-${id}`)?.focus();
}
