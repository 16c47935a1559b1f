import { visible } from './visible';

/**
 * Foreign text for VS Code's own surfaces: notifications, prompts, picks, the status bar, rows of a tree. They turn
 * `[label](command:…)` into a link that runs a command and `$(name)` into an icon, and know no escape for either; a space
 * takes the meaning away.
 */
export function editorText(text: string): string {
  return visible(text)
    .replace(/\](?=\()/g, '] ')
    .replace(/\$(?=\()/g, '$ ');
}
