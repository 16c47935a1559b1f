/** Small controls: segmented choice, copy button, section heading. */
import type { ComponentChildren, VNode } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { send } from '../host';
import { Icon } from './icons';
import { moveIndex } from './keys';
import { Dropdown, IconButton } from './toolkit';
import type { DropdownProps } from './toolkit';

interface Option<T extends string> {
  readonly value: T;
  readonly label: string;
}

export interface SegmentedProps<T extends string> {
  readonly label: string;
  readonly value: T;
  readonly options: ReadonlyArray<Option<T>>;
  readonly onChange: (value: T) => void;
}

/** One choice of few; a radio group, one stop of the Tab key. */
export function Segmented<T extends string>({ label, value, options, onChange }: SegmentedProps<T>): VNode {
  const move = (event: KeyboardEvent) => {
    const current = options.findIndex((option) => option.value === value);
    const next = moveIndex(event.key, current, options.length);
    const option = next === undefined ? undefined : options[next];
    if (!option) return;
    event.preventDefault();
    onChange(option.value);
    const group = event.currentTarget as HTMLElement;
    group.querySelectorAll<HTMLElement>('[role=radio]')[next ?? 0]?.focus();
  };
  return (
    <div class="segmented" role="radiogroup" aria-label={label} onKeyDown={move}>
      <span class="label" aria-hidden="true">
        {label}
      </span>
      <span class="options">
        {options.map((option) => (
          <button
            type="button"
            role="radio"
            aria-checked={option.value === value}
            tabIndex={option.value === value ? 0 : -1}
            onClick={() => {
              onChange(option.value);
            }}
          >
            {option.label}
          </button>
        ))}
      </span>
    </div>
  );
}

/** One choice of several, closed until asked for. */
export function Select<T extends string>(props: DropdownProps<T>): VNode {
  return (
    <span class="select">
      <span class="label" aria-hidden="true">
        {props.label}
      </span>
      <Dropdown {...props} />
    </span>
  );
}

export interface IndexSelectProps {
  readonly label: string;
  readonly value: number;
  readonly count: number;
  readonly onChange: (value: number) => void;
}

/** One number of those below `count`, which may be thousands: the toolkit's dropdown has an element for each. */
export function IndexSelect({ label, value, count, onChange }: IndexSelectProps): VNode {
  return (
    <label class="select">
      <span class="label">{label}</span>
      <select
        value={value}
        onChange={(event) => {
          onChange(event.currentTarget.selectedIndex);
        }}
      >
        {Array.from({ length: count }, (_, index) => (
          <option value={index} selected={index === value}>
            {index}
          </option>
        ))}
      </select>
    </label>
  );
}

/** Copies through the host; says so for two seconds. */
export function CopyButton({ text }: { readonly text: () => string }): VNode {
  const [copied, setCopied] = useState(false);
  useEffect(() => {
    if (!copied) return;
    const timer = setTimeout(() => {
      setCopied(false);
    }, 2000);
    return () => {
      clearTimeout(timer);
    };
  }, [copied]);
  return (
    <span class="copy">
      <IconButton
        icon={<Icon name={copied ? 'check' : 'copy'} />}
        label="Copy as CSV"
        onClick={() => {
          send({ type: 'copy', text: text() });
          setCopied(true);
        }}
      />
      <span class="unseen" role="status">
        {copied ? 'Copied' : ''}
      </span>
    </span>
  );
}

/** Sentences with the first ratio set in bold: the number the picture is about. */
export function Reading({ sentences }: { readonly sentences: readonly string[] }): VNode {
  const text = sentences.join(' ');
  const ratio = /\d[\d.,]*×/.exec(text);
  if (!ratio) return <p class="reading">{text}</p>;
  return (
    <p class="reading">
      {text.slice(0, ratio.index)}
      <strong>{ratio[0]}</strong>
      {text.slice(ratio.index + ratio[0].length)}
    </p>
  );
}

export interface SectionProps {
  readonly title: ComponentChildren;
  readonly name: string;
  readonly note?: ComponentChildren;
  readonly controls?: ComponentChildren;
  readonly children: ComponentChildren;
}

/** A section: hairline, heading, its controls at the right. */
export function Section({ title, name, note, controls, children }: SectionProps): VNode {
  return (
    <section aria-label={name}>
      <div class="section-head">
        <h2>{title}</h2>
        {note !== undefined && <span class="note">{note}</span>}
        <span class="grow" />
        {controls !== undefined && <div class="section-controls">{controls}</div>}
      </div>
      {children}
    </section>
  );
}
