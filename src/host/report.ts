import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { HostError, messageOf } from './errors';
import { confinedReport } from './report-page';
import { showPage } from './ui/window';

/**
 * Shows a report beside the editor, without taking the focus. It may do nothing but show itself, and the file's own word is
 * not taken for that.
 */
export async function showReport(file: string): Promise<void> {
  const html = await readFile(file, 'utf8').catch((error: unknown) => {
    throw new HostError(`the report cannot be read: ${messageOf(error)}`, file);
  });
  const title = `Report of ${path.basename(path.dirname(file))}`;
  showPage('acnet.report', title, confinedReport(html));
}
