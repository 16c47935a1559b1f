/** Every network that can be made new: an id and what it is, for people. */
export const NEW_NETWORKS = [
  {
    id: 'cifar-quick',
    description: "Cifar-quick for 32 × 32 images without batch norm (Caffe's cifar10_quick)",
  },
  {
    id: 'cifar-quick-bn',
    description: "Cifar-quick for 32 × 32 images with batch norm (Caffe's cifar10_quick)",
  },
  { id: 'vgg16', description: 'VGG-16 for 32 × 32 images without batch norm, one linear layer at its end' },
  { id: 'vgg16-bn', description: 'VGG-16 for 32 × 32 images with batch norm, one linear layer at its end' },
  { id: 'resnet20', description: 'ResNet-20 for 32 × 32 images, shortcuts of option A (He et al. 2016)' },
  { id: 'resnet32', description: 'ResNet-32 for 32 × 32 images, shortcuts of option A (He et al. 2016)' },
  { id: 'resnet44', description: 'ResNet-44 for 32 × 32 images, shortcuts of option A (He et al. 2016)' },
  { id: 'resnet56', description: 'ResNet-56 for 32 × 32 images, shortcuts of option A (He et al. 2016)' },
  { id: 'resnet18-cifar', description: 'ResNet-18 for 32 × 32 images: a 3 × 3 stem without pooling' },
  { id: 'resnet18', description: 'ResNet-18 for 224 × 224 images, as torchvision has it (He et al. 2016)' },
] as const;

/** The id of a network that can be made new. */
export type NewNetwork = (typeof NEW_NETWORKS)[number]['id'];

/** The ids of all of them. */
export const NEW_NETWORK_IDS = NEW_NETWORKS.map(({ id }) => id);
