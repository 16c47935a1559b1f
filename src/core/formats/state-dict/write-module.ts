import type { ByteSink } from '../../bytes';
import type { Checkpoint } from '../../checkpoint';
import type { WrittenDict } from './entries';
import { dictPayload } from './payload';
import { pythonModule } from './python-module';
import { fileName, moduleName } from './python-text';

/**
 * Writes a Python module beside a checkpoint whose network is known: the network's form, which the weights lack.
 * @param way keys on the way to the state dict in the file; undefined for safetensors
 */
export function writeModule(
  checkpoint: Checkpoint,
  { pathOf }: WrittenDict,
  sink: ByteSink,
  way: readonly string[] | undefined,
): void {
  const { architecture } = dictPayload(checkpoint);
  const { graph } = checkpoint;
  if (!architecture || !graph || !sink.sibling) return;
  const { label, prefix } = architecture;
  const text = pythonModule({ graph, label, file: fileName(sink.path), prefix, way, pathOf });
  if (text !== undefined) sink.sibling(moduleName(sink.path)).write(new TextEncoder().encode(text));
}
