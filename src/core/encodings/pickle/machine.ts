import { item } from '../../item';
import type { Cursor } from './cursor';
import { PyDict, PyList, PyObject, PySet, PyTuple, type PyValue } from './values';

/** Operations in one pickle. A checkpoint of ten thousand tensors has half a million. */
const MAX_OPERATIONS = 4_000_000;

/** The stack machine that pickles are programs for; holds values and carries nothing out. */
export class Machine {
  private stack: PyValue[] = [];
  private readonly outer: PyValue[][] = [];
  private readonly memo = new Map<number, PyValue>();
  private operations = 0;

  constructor(readonly cursor: Cursor) {}

  /** Counts operations. @param count more than one where one opcode holds on to that many values anew */
  tick(count = 1): void {
    this.operations += count;
    if (this.operations > MAX_OPERATIONS) {
      throw this.cursor.error('the pickle has too many operations', undefined, `at most ${MAX_OPERATIONS}`);
    }
  }

  push(value: PyValue): void {
    this.stack.push(value);
  }

  pop(): PyValue {
    const value = this.stack.pop();
    if (value === undefined) throw this.underflow();
    return value;
  }

  top(): PyValue {
    const value = this.stack.at(-1);
    if (value === undefined) throw this.underflow();
    return value;
  }

  /** The last `count` values, in order. */
  popMany(count: number): PyValue[] {
    if (this.stack.length < count) throw this.underflow();
    return this.stack.splice(this.stack.length - count, count);
  }

  mark(): void {
    this.outer.push(this.stack);
    this.stack = [];
  }

  /** What was pushed since the last mark. */
  popMark(): PyValue[] {
    const items = this.stack;
    const below = this.outer.pop();
    if (!below) throw this.underflow();
    this.stack = below;
    return items;
  }

  /** POP takes a mark away where nothing lies on it. */
  drop(): void {
    if (this.stack.length > 0) this.stack.pop();
    else this.popMark();
  }

  remember(index: number): void {
    this.memo.set(index, this.top());
  }

  memoise(): void {
    this.remember(this.memo.size);
  }

  recall(index: number): void {
    const value = this.memo.get(index);
    if (value === undefined) throw this.cursor.error('the pickle recalls what it never kept', String(index));
    this.push(value);
  }

  append(items: readonly PyValue[]): void {
    const target = this.top();
    if (target instanceof PyList || target instanceof PyObject || target instanceof PySet) {
      for (const item of items) target.items.push(item);
    } else throw this.misplaced('items');
  }

  setItems(items: readonly PyValue[]): void {
    const target = this.top();
    if (items.length % 2 > 0) throw this.misplaced('a key without value');
    if (!(target instanceof PyDict) && !(target instanceof PyObject)) throw this.misplaced('entries');
    for (let i = 0; i < items.length; i += 2) target.entries.push([item(items, i), item(items, i + 1)]);
  }

  /**
   * REDUCE, NEWOBJ and the like: the recipe is kept. Its arguments count: a million objects may share one tuple of a
   * million, and each would be walked.
   */
  make(callee: PyValue, args: PyValue, named: readonly PyValue[] = []): void {
    if (!(args instanceof PyTuple)) throw this.misplaced('arguments that are not a tuple');
    this.tick(args.items.length);
    this.push(new PyObject(callee, named.length === 0 ? args.items : [...args.items, ...named]));
  }

  build(): void {
    const state = this.pop();
    const target = this.top();
    // What is not an object has no state: nothing to keep.
    if (target instanceof PyObject) target.state = state;
  }

  private underflow(): Error {
    return this.cursor.error('the pickle takes from an empty stack');
  }

  private misplaced(found: string): Error {
    return this.cursor.error('the pickle puts something where it cannot be', found);
  }
}
