/** Entry of the process that parses files: no TensorFlow here, so that it starts at once and stays small. */
import { hdf5IsBroken } from '../core/encodings/hdf5/library';
import { parentPort } from './port';
import { readerCalls } from './reader-calls';
import { serve } from './serve';

serve<'reader'>(readerCalls, parentPort(), hdf5IsBroken);
