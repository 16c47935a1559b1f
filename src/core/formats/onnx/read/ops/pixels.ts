import type { NodeReading } from '../node-reading';
import { fileDims } from '../sizes';
import { Unreadable } from '../state';

/** Blocks of channels as pixels beside each other: a reshape, another order of axes, and a reshape. */
export function depthToSpace(r: NodeReading): void {
  const block = r.int('blocksize', 0);
  const mode = r.text('mode', 'DCR');
  r.finish();
  const { value, height, width, channels } = imageOf(r);
  const rest = channels / block ** 2;
  if (block < 1 || !Number.isInteger(rest)) throw new Unreadable('its blocks do not fit its channels');
  const isFirst = mode === 'DCR';
  const split = isFirst ? [block, block, rest] : [rest, block, block];
  const apart = r.emitBefore('apart', 'reshape', { shape: [height, width, ...split] }, [value]);
  const order = isFirst ? [1, 3, 2, 4, 5] : [1, 4, 2, 5, 3];
  const turned = r.emitBefore('turned', 'permute', { order }, [apart]);
  r.giveImage(r.emit('reshape', { shape: [times(height, block), times(width, block), rest] }, [turned]));
}

/** The other way round: blocks of pixels as channels. */
export function spaceToDepth(r: NodeReading): void {
  const block = r.int('blocksize', 0);
  r.finish();
  const { value, height, width, channels } = imageOf(r);
  const perBlock = (size: number): number => (size < 0 ? size : size / block);
  const [rows, columns] = [perBlock(height), perBlock(width)];
  if (block < 1 || ![rows, columns].every(Number.isInteger))
    throw new Unreadable('its blocks do not fit its image');
  const apart = r.emitBefore('apart', 'reshape', { shape: [rows, block, columns, block, channels] }, [value]);
  const turned = r.emitBefore('turned', 'permute', { order: [1, 3, 2, 4, 5] }, [apart]);
  r.giveImage(r.emit('reshape', { shape: [rows, columns, channels * block ** 2] }, [turned]));
}

/** An image and its sizes, −1 for one that is unknown. */
function imageOf(r: NodeReading) {
  const value = r.image(0);
  const [, height, width, channels] = r.state.shapes.get(value) ?? [];
  if (typeof channels !== 'number') throw new Unreadable('the shape of its input is unknown');
  // A reshape finds one size by itself.
  if (typeof height !== 'number' && typeof width !== 'number')
    throw new Unreadable('height and width of its input are unknown');
  return { value, height: height ?? -1, width: width ?? -1, channels };
}

function times(size: number, factor: number): number {
  return size < 0 ? size : size * factor;
}

/** Expand of an image of one pixel, as squeeze-and-excitation has it; one that changes nothing is its input. */
export function expand(r: NodeReading): void {
  const held = r.held(0);
  const dims = fileDims(r.shape(held), held.order);
  const wanted = r.sizes(1);
  r.finish();
  if (!dims || wanted?.length !== dims.length) throw new Unreadable('its shape is computed');
  const grown = wanted.map((size, axis) => (axis === 0 || size === 1 || size === dims[axis] ? 1 : size));
  if (grown.every((factor) => factor === 1)) {
    r.give(held.value, held.order);
    return;
  }
  const [, channels, height, width] = grown;
  const isPixel = dims.length === 4 && channels === 1 && dims[2] === 1 && dims[3] === 1;
  if (!isPixel || typeof height !== 'number' || typeof width !== 'number')
    throw new Unreadable('it does not repeat one pixel');
  r.giveImage(r.emit('upsampling', { factors: [height, width], method: 'nearest' }, [r.image(0)]));
}
