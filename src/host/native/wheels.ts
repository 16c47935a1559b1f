import pinned from './wheels.json';

/** TensorFlow's package for one system. */
export interface Wheel {
  /** The Python version whose package is taken, whatever the user's is. */
  readonly python: string;
  readonly sha256: string;
  readonly megabytes: number;
  /** Of the libraries that are kept. */
  readonly unpackedMegabytes: number;
}

/** The version of TensorFlow that is installed, and its name at the package index. */
export const { version: TENSORFLOW_VERSION, package: TENSORFLOW_PACKAGE, libraries: LIBRARIES } = pinned;

/** @param platform as in `linux-x64`; undefined where there is no prebuilt addon */
export function wheelFor(platform: string): Wheel | undefined {
  const wheels: Readonly<Record<string, Wheel>> = pinned.wheels;
  return Object.hasOwn(wheels, platform) ? wheels[platform] : undefined;
}
