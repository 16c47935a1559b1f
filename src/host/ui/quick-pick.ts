import * as vscode from 'vscode';
import { Owner } from '../dispose';
import type { StepPosition } from './steps';

export interface PickOptions<T extends vscode.QuickPickItem> {
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
export function showPick<T extends vscode.QuickPickItem>(
  options: PickOptions<T>,
): Promise<readonly T[] | 'back' | undefined> {
  const owner = new Owner();
  const pick = owner.track(vscode.window.createQuickPick<T>());
  pick.title = options.title;
  pick.step = options.position.step;
  pick.totalSteps = options.position.totalSteps;
  pick.placeholder = options.placeholder;
  pick.items = options.items;
  pick.canSelectMany = options.many;
  pick.ignoreFocusOut = true;
  pick.matchOnDescription = true;
  if (options.many) pick.selectedItems = options.selected;
  else pick.activeItems = options.selected;
  pick.buttons = [
    ...(options.position.canGoBack ? [vscode.QuickInputButtons.Back] : []),
    ...(options.button ? [options.button] : []),
  ];
  return new Promise<readonly T[] | 'back' | undefined>((resolve) => {
    owner.track(pick.onDidAccept(() => resolve(pick.selectedItems)));
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
