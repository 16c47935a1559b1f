import type { TrainEvent } from '../../contract/results';
import { doubtText } from '../../shared/doubt-words';
import { createFormat } from '../../shared/format';
import { counted } from '../../shared/numbers';

const percent = (value: number): string => `${value.toFixed(2)} %`;

/** The line of the log for an event; steps have none. */
export function eventWords(event: TrainEvent): string | undefined {
  switch (event.event) {
    case 'start':
      return `${event.arm}: ${counted(event.epochs, 'epoch')} of ${counted(event.stepsPerEpoch, 'step')} on ${event.backend}`;
    case 'before':
      return `${event.arm}: before training, top-1 ${percent(event.top1)}, loss ${event.loss.toFixed(4)}`;
    case 'epoch': {
      const after = `top-1 ${percent(event.top1)}, loss ${event.valLoss.toFixed(4)}`;
      return `${event.arm}: epoch ${event.epoch}, training loss ${event.loss.toFixed(4)}, ${after}`;
    }
    case 'doubt':
      return `warning: ${doubtText(event, createFormat('en'))}`;
    case 'message':
      return event.text;
    case 'seed':
      return `seed ${event.seed} (${event.run} of ${event.runs})`;
    case 'step':
      return undefined;
  }
}
