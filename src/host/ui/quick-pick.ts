import * as vscode from 'vscode';
import { editorText } from '../../shared/sinks/editor';
import { Owner } from '../dispose';
import type { Step, StepPosition } from './steps';
import { pickItem, type PickItem } from './window';

/** A question, and what can be chosen. */
export interface PickOptions<T extends PickItem> {
  readonly title: string;
  readonly placeholder: string;
  readonly items: readonly T[];
  /** Ticked (`many`) or under the cursor to begin with. */
  readonly selected: readonly T[];
  readonly many: boolean;
  readonly position: StepPosition;
  /** A further button in the title; pressing it closes the pick. */
  readonly button?: vscode.QuickInputButton & { readonly onPress: () => void };
}

/** A quick pick as one step of several. Answers with the choice, `back`, or undefined when it was closed. */
export function showPick<T extends PickItem>(
  options: PickOptions<T>,
): Promise<readonly T[] | 'back' | undefined> {
  const owner = new Owner();
  const pick = owner.track(vscode.window.createQuickPick());
  pick.title = editorText(options.title);
  pick.step = options.position.step;
  pick.totalSteps = options.position.totalSteps;
  pick.placeholder = editorText(options.placeholder);
  const rows = new Map(options.items.map((item) => [pickItem(item), item]));
  const selected = [...rows].flatMap(([row, item]) => (options.selected.includes(item) ? row : []));
  pick.items = [...rows.keys()];
  pick.canSelectMany = options.many;
  pick.ignoreFocusOut = true;
  pick.matchOnDescription = true;
  if (options.many) pick.selectedItems = selected;
  else pick.activeItems = selected;
  pick.buttons = [
    ...(options.position.canGoBack ? [vscode.QuickInputButtons.Back] : []),
    ...(options.button ? [options.button] : []),
  ];
  return new Promise<readonly T[] | 'back' | undefined>((resolve) => {
    owner.track(pick.onDidAccept(() => resolve(pick.selectedItems.flatMap((row) => rows.get(row) ?? []))));
    owner.track(pick.onDidHide(() => resolve(undefined)));
    owner.track(
      pick.onDidTriggerButton((button) => {
        if (button === vscode.QuickInputButtons.Back) resolve('back');
        else {
          options.button?.onPress();
          resolve(undefined);
        }
      }),
    );
    pick.show();
  }).finally(() => owner.dispose());
}

/** One answer to a question of several, and what it adds to their state. */
export type Choice<S> = PickItem & { readonly answer: Partial<S> };

/** The step that asks for one of a few answers. The cursor begins at the one that the state has. */
export function choiceStep<S extends object>(
  title: string,
  placeholder: string,
  items: ReadonlyArray<Choice<S>>,
): Step<S> {
  return async (state, position) => {
    const selected = items.filter(({ answer }) => holds(state, answer));
    const picked = await showPick({ title, placeholder, items, selected, many: false, position });
    return picked === undefined || picked === 'back' ? picked : picked[0]?.answer;
  };
}

function holds<S extends object>(state: S, answer: Partial<S>): boolean {
  const names = Object.keys(answer) as Array<keyof S>;
  return names.every((name) => state[name] === answer[name]);
}
