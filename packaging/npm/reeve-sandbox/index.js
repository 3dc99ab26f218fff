// Starts `reeve sandbox serve`, waits until it takes requests, and drives its control API. No dependencies.
import { spawn } from 'node:child_process';
import { accessSync, constants, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, isAbsolute, join } from 'node:path';

const OUTPUT_MAX = 64 * 1024; // of what the program says, kept for error messages
const STOP_MS = 5000; // until a program that does not end is killed
const LOOK_MS = 10; // between two looks for the ready file

// What an answer of the server that is no success becomes.
export class SandboxError extends Error {
  constructor(message, status, body) {
    super(message);
    this.name = 'SandboxError';
    this.status = status;
    this.body = body;
  }
}

function isProgram(path) {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

// The option, else REEVE_BINARY, else the first `reeve` of PATH.
export function findBinary(option, env = process.env) {
  const named = option ?? env.REEVE_BINARY;
  if (named !== undefined && named !== '') {
    if (!isProgram(named)) throw new SandboxError(`${named} is no program; the option binary or REEVE_BINARY names it`);
    return named;
  }
  for (const folder of (env.PATH ?? '').split(delimiter)) {
    const path = join(folder, 'reeve');
    if (isAbsolute(folder) && isProgram(path)) return path;
  }
  throw new SandboxError('there is no reeve in PATH; give its path as the option binary, or in REEVE_BINARY');
}

function argumentsOf(options, readyFile) {
  const listen = `http://${options.host ?? '127.0.0.1'}:${options.port ?? 0}`;
  const words = ['sandbox', 'serve', '--listen', listen, '--listen-tls', 'off', '--ready-file', readyFile];
  const named = { seed: 'seed', computers: 'computers', groups: 'groups', policies: 'policies', events: 'events', eventsPerComputer: 'events-per-computer', clientId: 'client-id', clientSecret: 'client-secret' };
  for (const [option, flag] of Object.entries(named)) {
    if (options[option] !== undefined) words.push(`--${flag}`, String(options[option]));
  }
  if (options.clock !== undefined) words.push('--clock', options.clock instanceof Date ? options.clock.toISOString() : String(options.clock));
  if (options.strict) words.push('--strict');
  return [...words, ...(options.args ?? [])];
}

const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

export class Sandbox {
  #process;
  #ended;
  #output = '';
  #folder;
  #token;
  #options;

  constructor(options) {
    this.#options = options;
    this.url = undefined;
  }

  // Resolves once requests are taken; rejects when the program ends before, or after `timeoutMs`.
  static async start(options = {}) {
    const sandbox = new Sandbox(options);
    try {
      await sandbox.#start();
    } catch (error) {
      await sandbox.stop();
      throw error;
    }
    return sandbox;
  }

  async #start() {
    const binary = findBinary(this.#options.binary);
    this.#folder = mkdtempSync(join(tmpdir(), 'reeve-sandbox-'));
    const ready = join(this.#folder, 'ready');
    this.#process = spawn(binary, argumentsOf(this.#options, ready), { stdio: ['ignore', 'pipe', 'pipe'] });
    const keep = (text) => { this.#output = (this.#output + text).slice(-OUTPUT_MAX); };
    this.#process.stdout.on('data', keep);
    this.#process.stderr.on('data', keep);
    let failure;
    this.#ended = new Promise((resolve) => {
      this.#process.once('exit', (status, signal) => resolve(signal ?? status));
      this.#process.once('error', (error) => { failure = error; resolve(error.code); });
    });
    let over = false;
    this.#ended.then(() => { over = true; });
    const end = Date.now() + (this.#options.timeoutMs ?? 30000);
    for (;;) {
      const url = this.#readyUrl(ready);
      if (url !== undefined) { this.url = url; return; }
      if (over) throw new SandboxError(`the sandbox ended before it was ready: ${failure?.message ?? this.#output.trim()}`);
      if (Date.now() > end) throw new SandboxError(`the sandbox was not ready in time: ${this.#output.trim()}`);
      await wait(LOOK_MS);
    }
  }

  #readyUrl(path) {
    try {
      const text = readFileSync(path, 'utf8');
      return text.endsWith('\n') ? text.trim().split('\n')[0] : undefined;
    } catch {
      return undefined;
    }
  }

  get pid() { return this.#process?.pid; }
  get clientId() { return this.#options.clientId ?? 'sandbox'; }
  get clientSecret() { return this.#options.clientSecret ?? 'sandbox-secret'; }
  // What the program said so far, at most the last 64 KiB.
  get output() { return this.#output; }

  // A new access token.
  async token() {
    const body = new URLSearchParams({ grant_type: 'client_credentials', client_id: this.clientId, client_secret: this.clientSecret });
    const answer = await this.#send('/oauth/connect/token', { method: 'POST', body });
    return answer.access_token;
  }

  // An operation of the management API: `api('GET', 'Computers', { query })`. Gives the parsed answer.
  async api(method, path, { query, body, version = 'v3', headers } = {}) {
    this.#token ??= await this.token();
    const address = new URL(`/management-api/${version}/${path}`, this.url);
    for (const [name, value] of Object.entries(query ?? {})) address.searchParams.append(name, String(value));
    return this.#send(address, {
      method,
      headers: { authorization: `Bearer ${this.#token}`, ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
  }

  // Data, clock and ids as they were at the start; tokens of before are gone.
  async reset() {
    await this.control('POST', 'reset');
    this.#token = undefined;
  }

  snapshot(name) { return this.control('PUT', `snapshots/${encodeURIComponent(name)}`); }

  async restore(name) {
    await this.control('POST', `snapshots/${encodeURIComponent(name)}/restore`);
    this.#token = undefined;
  }

  // Lets time pass, in which tokens may expire; gives the new moment.
  async advance(seconds) {
    const answer = await this.control('POST', 'clock', { body: { advanceSeconds: seconds } });
    this.#token = undefined;
    return new Date(answer.clock);
  }

  // Lets calls go wrong: { kind: 'rate-limit', operation: 'Computers_List', times: 2 }.
  fault(rule) { return this.control('POST', 'faults', { body: rule }); }
  clearFaults() { return this.control('DELETE', 'faults'); }

  // What was asked and answered, oldest first.
  async records(filter = {}) {
    const answer = await this.control('GET', 'records', { query: filter });
    return answer.records;
  }

  async control(method, path, { query, body } = {}) {
    const address = new URL(`/sandbox/${path}`, this.url);
    for (const [name, value] of Object.entries(query ?? {})) address.searchParams.append(name, String(value));
    return this.#send(address, {
      method,
      headers: body === undefined ? {} : { 'content-type': 'application/json' },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
  }

  async #send(address, request) {
    const url = new URL(address, this.url);
    const answer = await fetch(url, request);
    const text = await answer.text();
    if (!answer.ok) throw new SandboxError(`${request.method} ${url.pathname}: ${answer.status} ${text.slice(0, 500)}`, answer.status, text);
    if (text === '') return undefined;
    return answer.headers.get('content-type')?.includes('json') ? JSON.parse(text) : text;
  }

  // Ends the program and waits for that. Again: nothing.
  async stop() {
    if (this.#process?.pid !== undefined && this.#process.exitCode === null && this.#process.signalCode === null) {
      this.#process.kill('SIGTERM');
      const hard = setTimeout(() => this.#process.kill('SIGKILL'), STOP_MS);
      await this.#ended;
      clearTimeout(hard);
    }
    if (this.#folder !== undefined) rmSync(this.#folder, { recursive: true, force: true });
    this.#folder = undefined;
  }

  async [Symbol.asyncDispose ?? Symbol.for('Symbol.asyncDispose')]() { await this.stop(); }
}

export const start = (options) => Sandbox.start(options);
export default start;
