import type { LookAlike } from './look-alikes';

/**
 * What a zip archive is that is not the one that its name or its first bytes made it seem; `undefined` if it is not known.
 * @param names of its entries
 */
export function otherArchive(names: readonly string[]): LookAlike | undefined {
  if (
    names.some((name) => /(^|\/)data\/weights\/(weight_\d+|model_weights_config\.json|model\.pt)$/.test(name))
  )
    return {
      summary: 'this is an archive of torch.export, which is not read',
      detail: {
        expected: 'its weights, saved with torch.save(program.state_dict, "model.pth"), or an ONNX export',
      },
    };
  if (names.some((name) => /^([^/]*\/)?data\.pkl$/.test(name)))
    return {
      summary: 'this is a PyTorch file, but not by its name',
      detail: { expected: 'a name that ends in .pth or .pt: rename the file' },
    };
  return undefined;
}
