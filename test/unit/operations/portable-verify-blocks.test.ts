/** Blocks compared on the portable backend: the same tests as on TensorFlow. */
import '../../support/choose-portable';
import './verify-blocks.test';
