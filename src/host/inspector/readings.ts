import type { InspectorState, Loadable } from '../../contract/page';
import type { Notice } from '../../contract/wire';
import { forgetAnswers } from '../commands/forget-answers';
import { unclearIn } from '../reading/ask';
import { QUESTIONS, type Stated } from '../reading/questions';
import type { CallOptions, WorkerClient } from '../workers/client';

type Reader = Pick<WorkerClient<'reader'>, 'call'>;

/** The parts of the page's state that are read from the open file itself. */
export type Part = {
  [K in keyof InspectorState]-?: InspectorState[K] extends Loadable<unknown> ? K : never;
}[keyof InspectorState];

/** How a part is read. */
interface Reading {
  /** Read as soon as the file is opened; the others when a page has asked, and then again whenever the file is. */
  readonly isFirst?: boolean;
  /** @returns what it makes of the page's state */
  read(reader: Reader, path: string, call: CallOptions): Promise<Partial<InspectorState>>;
}

/** What the page's notes say where a file leaves something open. */
function noteOn(stated: Stated): string {
  return `${QUESTIONS[stated].note} To choose, run “ACNet: ${forgetAnswers.title}”: you are asked again.`;
}

/** One record for each part. */
export const READINGS: Readonly<Record<Part, Reading>> = {
  inspect: {
    isFirst: true,
    async read(reader, path, call) {
      const unclear = new Set<Stated>();
      const onNotice = (notice: Notice): void => {
        const found = unclearIn(notice);
        if (found) unclear.add(found.stated);
        call.onNotice?.(notice);
      };
      const { readMilliseconds, ...read } = await reader.call('inspect', { path }, { ...call, onNotice });
      const notes = [...unclear].map(noteOn);
      const value = notes.length > 0 ? { ...read, warnings: [...read.warnings, ...notes] } : read;
      return { inspect: { phase: 'ready', value }, readMilliseconds };
    },
  },
  kernels: {
    async read(reader, path, call) {
      return { kernels: { phase: 'ready', value: await reader.call('kernels', { path }, call) } };
    },
  },
};

/** In the order in which they are read. */
export const PARTS = Object.keys(READINGS) as readonly Part[];
