import path from 'node:path';
import { readSmallText } from '../../files/text';
import { HostError, messageOf } from '../errors';
import { confinedReport } from './confine';
import { showPage } from '../ui/window';

/** A report has curves and tables, no images. */
const LARGEST = 64 * 2 ** 20;

/**
 * Shows a report beside the editor, without taking the focus. It may do nothing but show itself, and the file's own word is
 * not taken for that.
 */
export function showReport(file: string): void {
  const html = reportText(file);
  const title = `Report of ${path.basename(path.dirname(file))}`;
  showPage('acnet.report', title, confinedReport(html));
}

function reportText(file: string): string {
  try {
    return readSmallText(file, { what: 'the report', limit: LARGEST, links: 'refused' });
  } catch (error) {
    throw new HostError(messageOf(error), file);
  }
}
