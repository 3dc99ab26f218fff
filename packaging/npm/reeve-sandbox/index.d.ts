export interface SandboxOptions {
  /** Path of the program; else REEVE_BINARY, else the first `reeve` of PATH. */
  binary?: string;
  /** 0, as when it is left out: a free one. */
  port?: number;
  host?: string;
  seed?: number;
  computers?: number;
  groups?: number;
  policies?: number;
  events?: number;
  /** Instead of `events`. */
  eventsPerComputer?: number;
  /** Where the clock stands at first. */
  clock?: string | Date;
  clientId?: string;
  clientSecret?: string;
  /** Refuse unknown parameters. */
  strict?: boolean;
  /** Further words of the command line. */
  args?: string[];
  /** How long start() waits; 30 seconds when it is left out. */
  timeoutMs?: number;
}

export interface CallOptions {
  query?: Record<string, string | number | boolean>;
  body?: unknown;
  headers?: Record<string, string>;
  version?: 'v1' | 'v2' | 'v3';
}

export interface FaultRule {
  kind: string;
  operation?: string;
  path?: string;
  method?: string;
  /** Of a hundred calls. */
  share?: number;
  /** How many calls; left out: all. */
  times?: number;
  value?: number;
}

export interface RecordFilter {
  since?: number;
  operation?: string;
  method?: string;
  path?: string;
  status?: number;
  limit?: number;
}

export interface SandboxRecord {
  sequence: number;
  operation: string | null;
  request: { method: string; url: string; [member: string]: unknown };
  response: { status: number; [member: string]: unknown };
  [member: string]: unknown;
}

/** An answer that is no success, or a program that did not start. */
export declare class SandboxError extends Error {
  readonly status?: number;
  readonly body?: string;
}

export declare class Sandbox {
  private constructor(options: SandboxOptions);
  static start(options?: SandboxOptions): Promise<Sandbox>;
  /** `http://127.0.0.1:PORT` */
  readonly url: string;
  readonly pid: number | undefined;
  readonly clientId: string;
  readonly clientSecret: string;
  readonly output: string;
  token(): Promise<string>;
  api<T = any>(method: string, path: string, options?: CallOptions): Promise<T>;
  control<T = any>(method: string, path: string, options?: Pick<CallOptions, 'query' | 'body'>): Promise<T>;
  reset(): Promise<void>;
  snapshot(name: string): Promise<void>;
  restore(name: string): Promise<void>;
  advance(seconds: number): Promise<Date>;
  fault(rule: FaultRule): Promise<unknown>;
  clearFaults(): Promise<void>;
  records(filter?: RecordFilter): Promise<SandboxRecord[]>;
  stop(): Promise<void>;
}

export declare function findBinary(option?: string, env?: Record<string, string | undefined>): string;
export declare function start(options?: SandboxOptions): Promise<Sandbox>;
export default start;
