/** zod compiles its checks where it may; the page's content security policy forbids it, and a try would be reported. */
import { config } from 'zod/mini';

config({ jitless: true });
