/**
 * The only importer of `@vscode/webview-ui-toolkit`, which is archived: the rest of the page knows the
 * wrappers below, so that it can be replaced here.
 */
import './nonce';
import { provideVSCodeDesignSystem, vsCodeButton, vsCodeTextField } from '@vscode/webview-ui-toolkit';
import { h } from 'preact';
import type { ComponentChildren, JSX } from 'preact';

provideVSCodeDesignSystem().register(vsCodeButton(), vsCodeTextField());

export interface ButtonProps {
  readonly label: string;
  readonly primary?: boolean;
  /** Why the button cannot be used now. It stays focusable and says so. */
  readonly disabledReason?: string | undefined;
  readonly icon?: JSX.Element;
  readonly id?: string;
  readonly onClick: () => void;
}

/** A push button. */
export function Button({ label, primary, disabledReason, icon, id, onClick }: ButtonProps): JSX.Element {
  const disabled = disabledReason !== undefined;
  const children: ComponentChildren[] = [label];
  if (icon) children.unshift(h('span', { slot: 'start', class: 'button-icon' }, icon));
  // Properties, not attributes: the toolkit's button ignores changes of most of its attributes.
  const props: Record<string, unknown> = {
    class: `button${primary ? ' primary' : ''}${disabled ? ' unavailable' : ''}`,
    appearance: primary ? 'primary' : 'secondary',
    ariaDisabled: disabled ? 'true' : null,
    // Descriptions do not cross the button's shadow root, so the reason is part of the name.
    ariaLabel: disabled ? `${label} Not available: ${disabledReason}` : null,
    title: disabledReason ?? '',
    onClick: () => {
      if (!disabled) onClick();
    },
  };
  if (id !== undefined) props['id'] = id;
  return h('vscode-button', props, children);
}

export interface TextFieldProps {
  readonly label: string;
  readonly value: string;
  readonly icon: JSX.Element;
  readonly onInput: (value: string) => void;
}

/** A one-line text field whose label is its placeholder. */
export function TextField({ label, value, icon, onInput }: TextFieldProps): JSX.Element {
  return h(
    'vscode-text-field',
    {
      class: 'text-field',
      placeholder: label,
      // The toolkit names a field "Text field" when it is put into the document.
      ref: (field: HTMLElement | null) => field?.setAttribute('aria-label', label),
      value,
      onInput: (event: Event) => {
        onInput((event.target as HTMLInputElement).value);
      },
    },
    h('span', { slot: 'start', class: 'button-icon' }, icon),
  );
}
