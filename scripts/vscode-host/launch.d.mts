import type { Browser, Page } from 'playwright-core';

export interface LaunchOptions {
  /** Folder filled by `npm run setup`; the cache's by default. */
  readonly install?: string;
  /** Folder to open. Give a throw-away copy: VS Code writes settings into it. */
  readonly workspace?: string;
  /** Extension under development. */
  readonly extension?: string;
  /** Module with `run(): Promise<void>`, run in the extension host; needs `extension`. */
  readonly tests?: string;
  /** An extension to install; the page then behaves as for a user, toasts included. */
  readonly vsix?: string;
  /** User settings, over quiet ones. */
  readonly settings?: Readonly<Record<string, unknown>>;
  /** Leaves workspace trust on: the window starts in Restricted Mode. */
  readonly trust?: boolean;
  readonly env?: Readonly<Record<string, string>>;
  readonly viewport?: { readonly width: number; readonly height: number };
  /** Shows all that server and page say. */
  readonly verbose?: boolean;
  /** The console of the extension host and of the tests; `args[0]` is a format string. */
  readonly onLog?: (type: string, args: unknown[]) => void;
}

export interface Session {
  readonly page: Page;
  readonly browser: Browser;
  readonly url: string;
  readonly userData: string;
  readonly serverOutput: readonly string[];
  /** Settles when the tests have ended, or when server or page have died. */
  readonly exit: Promise<{ readonly code: number; readonly why: string }>;
  close(): Promise<void>;
}

export function launch(options?: LaunchOptions): Promise<Session>;
