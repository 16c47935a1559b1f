/** Imported before a test file to run its tests on the portable backend. */
import { choosePortable } from './chosen';

choosePortable();
