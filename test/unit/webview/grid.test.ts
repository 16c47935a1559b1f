import { describe, expect, it } from 'vitest';
import { rowOf } from '../../../webview/ui/grid/keys';
import { pressed, sorted } from '../../../webview/ui/grid/sort';
import type { Order } from '../../../webview/ui/grid/sort';

describe('the rows of a grid', () => {
  const rows = [
    { name: 'conv10', size: 3 },
    { name: 'conv2', size: 5 },
    { name: 'conv1', size: 3 },
  ];
  const names = (found: typeof rows) => found.map(({ name }) => name);

  it('are sorted by numbers, and by names as people count', () => {
    expect(names(sorted(rows, ({ name }) => name, false))).toEqual(['conv1', 'conv2', 'conv10']);
    expect(names(sorted(rows, ({ size }) => size, true))).toEqual(['conv2', 'conv10', 'conv1']);
  });

  it('keep their order where they are equal, whichever way they are sorted', () => {
    for (const descending of [false, true]) expect(sorted(rows, () => 0, descending)).toEqual(rows);
  });

  it('are a new list', () => {
    const before = [...rows];
    expect(sorted(rows, ({ name }) => name, false)).not.toBe(rows);
    expect(rows).toEqual(before);
  });
});

describe('presses on the head of a column', () => {
  const steps = (sort: 'ascending' | 'descending', rest?: string) => {
    const orders: Order[] = [];
    let now: Order = { sort: 'order', descending: false };
    for (let i = 0; i < 3; i++) {
      now = pressed({ id: 'size', sort }, now, rest);
      orders.push(now);
    }
    return orders;
  };

  it('sort its own way, then the other way', () => {
    const [first, second, third] = steps('descending');
    expect([first, second, third].map((order) => order?.descending)).toEqual([true, false, true]);
    expect(third?.sort).toBe('size');
  });

  it('lead back to the order of the data where there is one', () => {
    expect(steps('ascending', 'order')).toEqual([
      { sort: 'size', descending: false },
      { sort: 'size', descending: true },
      { sort: 'order', descending: false },
    ]);
  });
});

describe('keys on a grid', () => {
  it('move by one, by a page and to the ends, within the rows', () => {
    const from = (key: string) => rowOf(key, 50, 60);
    expect(['ArrowUp', 'ArrowDown', 'PageUp', 'PageDown', 'Home', 'End'].map(from)).toEqual([
      49, 51, 30, 59, 0, 59,
    ]);
  });

  it('that mean nothing in a list of rows are left to the browser', () => {
    for (const key of ['ArrowLeft', 'ArrowRight', 'Tab', 'a']) expect(rowOf(key, 5, 60)).toBeUndefined();
    expect(rowOf('PageDown', -1, 0)).toBeUndefined();
  });
});
