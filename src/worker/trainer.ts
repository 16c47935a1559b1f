/** Entry of the process that runs networks. TensorFlow may abort it; the host reports that and lives on. */
import { hdf5IsBroken } from '../core/encodings/hdf5/library';
import { parentPort } from './port';
import { serve } from './serve';
import { trainerCalls } from './trainer-calls';

serve<'trainer'>(trainerCalls, parentPort(), hdf5IsBroken);
