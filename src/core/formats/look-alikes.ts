import type { ByteSource } from '../bytes';
import type { ErrorDetail } from '../errors';

/** Longest head that is looked at. */
const HEAD_BYTES = 1024;

/** What a file that is not a checkpoint seems to be. */
export interface LookAlike {
  readonly summary: string;
  readonly detail: ErrorDetail;
}

/** Recognises what people often have in place of a checkpoint; `undefined` if it is none of these. */
export function lookAlike(source: ByteSource): LookAlike | undefined {
  if (source.size === 0) return { summary: 'the file is empty', detail: {} };
  const head = new TextDecoder('latin1').decode(source.read(0, Math.min(HEAD_BYTES, source.size)));
  if (head.startsWith('version https://git-lfs.github.com/spec/')) {
    const size = /^size (\d+)$/m.exec(head)?.[1];
    return {
      summary: 'this is a Git LFS pointer, not the file itself; fetch it with "git lfs pull"',
      detail: size ? { found: `a pointer to ${size} bytes` } : {},
    };
  }
  if (
    /^\s*(<!doctype html|<html|<head|<\?xml[^>]*>\s*<!doctype html)/i.test(
      head.replace(/^\u00ef\u00bb\u00bf/, ''),
    )
  ) {
    const title = /<title[^>]*>([^<]{1,80})/i.exec(head)?.[1]?.trim();
    return {
      summary: 'this is a web page (HTML), not a checkpoint; a download was answered with a page',
      detail: title ? { found: `the page "${title}"` } : {},
    };
  }
  return undefined;
}
