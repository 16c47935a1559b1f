import type { NewNetwork } from '../../shared/networks';
import { cifarQuick } from './cifar-quick';
import type { NetworkSize, Parameters } from './layers';
import { cifarResnet, resnet18 } from './resnet';
import { cifarVgg16 } from './vgg';

/** The parameters of every network that can be made new. The reader of weights by name recognises each of them. */
export const PARAMETERS: Readonly<Record<NewNetwork, (size: NetworkSize) => Parameters>> = {
  'cifar-quick': (size) => cifarQuick(size, false),
  'cifar-quick-bn': (size) => cifarQuick(size, true),
  vgg16: (size) => cifarVgg16(size, false),
  'vgg16-bn': (size) => cifarVgg16(size, true),
  resnet20: (size) => cifarResnet(size, 20),
  resnet32: (size) => cifarResnet(size, 32),
  resnet44: (size) => cifarResnet(size, 44),
  resnet56: (size) => cifarResnet(size, 56),
  'resnet18-cifar': (size) => resnet18(size, 'small'),
  resnet18: (size) => resnet18(size, 'imagenet'),
};
