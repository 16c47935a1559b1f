/** Evaluation, verification and the pruning check on the portable backend: the same tests as on TensorFlow. */
import '../../support/choose-portable';
import './measures.test';
import './prune.test';
