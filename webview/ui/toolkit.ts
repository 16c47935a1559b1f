/**
 * The only importer of `@vscode/webview-ui-toolkit`, which is archived: the rest of the page knows the
 * wrappers below, so that it can be replaced here.
 */
import './nonce';
import {
  provideVSCodeDesignSystem,
  vsCodeButton,
  vsCodeDropdown,
  vsCodeOption,
  vsCodeTextField,
} from '@vscode/webview-ui-toolkit';
import { h } from 'preact';
import type { ComponentChildren, JSX } from 'preact';

provideVSCodeDesignSystem().register(vsCodeButton(), vsCodeDropdown(), vsCodeOption(), vsCodeTextField());

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

export interface IconButtonProps {
  readonly icon: JSX.Element;
  /** Its name, shown when it is pointed at. */
  readonly label: string;
  readonly disabled?: boolean | undefined;
  /** Of a button that opens a menu: whether it is open. */
  readonly menuOpen?: boolean;
  readonly onClick: () => void;
  readonly onKeyDown?: (event: KeyboardEvent) => void;
}

/** A push button that shows only an icon. */
export function IconButton(props: IconButtonProps): JSX.Element {
  const { icon, label, disabled = false, menuOpen, onClick, onKeyDown } = props;
  const attributes: Record<string, unknown> = {
    class: `icon-button${disabled ? ' unavailable' : ''}`,
    appearance: 'icon',
    // An attribute: without one the toolkit names such a button "Icon Button".
    'aria-label': label,
    ariaDisabled: disabled ? 'true' : null,
    title: label,
    onClick: () => {
      if (!disabled) onClick();
    },
    ...(onKeyDown && { onKeyDown }),
    ...(menuOpen !== undefined && { ariaHaspopup: 'menu', ariaExpanded: String(menuOpen) }),
  };
  return h('vscode-button', attributes, icon);
}

export interface DropdownProps<T extends string> {
  readonly label: string;
  readonly value: T;
  readonly options: ReadonlyArray<{ readonly value: T; readonly label: string }>;
  readonly disabled?: boolean | undefined;
  readonly onChange: (value: T) => void;
}

/** One choice of several, closed until asked for. Each option is an element: a list of thousands takes seconds. */
export function Dropdown<T extends string>(props: DropdownProps<T>): JSX.Element {
  const { label, value, options, disabled = false, onChange } = props;
  const attributes: Record<string, unknown> = {
    class: 'dropdown',
    'aria-label': label,
    value,
    disabled,
    onChange: (event: Event) => {
      const chosen = options.find((option) => option.value === (event.target as HTMLSelectElement).value);
      if (chosen && chosen.value !== value) onChange(chosen.value);
    },
  };
  const items = options.map((option) =>
    h(
      'vscode-option',
      { key: option.value, value: option.value, selected: option.value === value },
      option.label,
    ),
  );
  return h('vscode-dropdown', attributes, items);
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
