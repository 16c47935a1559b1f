/** Holds as many MiB as it is asked to, and prints the most bytes that it held. */
import { peakBytes } from '../../src/files/process-memory';

const held = Buffer.alloc(Number(process.argv[2]) * 2 ** 20, 1);
process.stdout.write(String(peakBytes()));
// Held to the end.
process.exitCode = held.length < 0 ? 1 : 0;
