/** The same tests as TensorFlow's, on the portable backend. */
import '../../support/choose-portable';
import './tensorflow-forward.test';
