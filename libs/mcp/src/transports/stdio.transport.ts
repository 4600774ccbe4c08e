import {
  parseJSONRPCMessage,
  type JSONRPCMessage,
  type Transport,
} from '@modelcontextprotocol/client';
import { getDefaultEnvironment } from '@modelcontextprotocol/client/stdio';
import { spawn, type ChildProcess } from 'node:child_process';
import { McpError } from '../mcp.error.js';
import { LineSplitter } from './line-splitter.js';
import { endProcessGroup, guardProcessGroup } from './process-group.js';
import { MAX_MESSAGE_BYTES } from './transport-limits.js';

/** Honest servers print a stray line to stdout now and then; this many in a row are no MCP server. */
const MAX_STRAY_LINES = 5;
/** How long the output of a child that has exited is still read. Milliseconds. */
const DRAIN_MS = 250;

export interface StdioProcess {
  command: string;
  args: string[];
  /** Added to the few variables that the SDK deems safe to inherit; nothing else of our environment reaches the child. */
  env: Record<string, string>;
}

/**
 * A server in a child process. Instead of the SDK's transport because that one skips garbage in silence, waits up to
 * four seconds while closing, kills only the direct child, and starts each server twice to find out its era.
 */
export class StdioTransport implements Transport {
  onclose?: () => void;
  onerror?: (error: Error) => void;
  onmessage?: Transport['onmessage'];

  /** Why this side closed the connection, if it was the server's fault. */
  failure: McpError | undefined;
  /** The child ended before anybody asked it to. */
  exitedByItself = false;
  /** Resolves when the child process is gone. */
  readonly exited: Promise<void>;
  /** With `pid`, the mark by which the SDK knows that silence on this transport means an old server, not an outage. */
  readonly stderr = null;

  private child: ChildProcess | undefined;
  private closed = false;
  private strayLines = 0;
  private readonly lines = new LineSplitter(MAX_MESSAGE_BYTES);
  private markExited!: () => void;

  constructor(private readonly process: StdioProcess) {
    this.exited = new Promise((resolve) => (this.markExited = resolve));
  }

  get pid(): number | null {
    return this.child?.pid ?? null;
  }

  start(): Promise<void> {
    const child = spawn(this.process.command, this.process.args, {
      env: { ...getDefaultEnvironment(), ...this.process.env },
      // What the server says on stderr is for nobody: it would fill our log, with whatever it wishes.
      stdio: ['pipe', 'pipe', 'ignore'],
      detached: process.platform !== 'win32',
      windowsHide: true,
    });
    this.child = child;
    // A broken pipe: the child has closed its input or is about to be reported as gone, which `exit` tells.
    child.stdin.on('error', () => undefined);
    child.stdout.on('data', (chunk: Buffer) => this.receive(chunk));
    child.once('exit', () => {
      this.exitedByItself = !this.closed;
      this.markExited();
      // A process that left the group may hold the pipe open for ever.
      setTimeout(() => {
        this.finish();
        child.stdout.destroy();
      }, DRAIN_MS).unref();
    });
    child.once('close', () => this.finish());
    return new Promise((resolve, reject) => {
      child.once('spawn', () => {
        guardProcessGroup(child);
        resolve();
      });
      child.once('error', () => {
        this.markExited();
        this.finish();
        reject(new McpError('mcp_unavailable', 'The tool server could not be started.'));
      });
    });
  }

  send(message: JSONRPCMessage): Promise<void> {
    const stdin = this.child?.stdin;
    if (this.closed || !stdin?.writable) return Promise.reject(new McpError('mcp_unavailable'));
    return new Promise((resolve, reject) => {
      stdin.write(`${JSON.stringify(message)}\n`, (error) => {
        if (error) reject(new McpError('mcp_unavailable'));
        else resolve();
      });
    });
  }

  /** Returns at once; `exited` tells when the process is gone. */
  close(): Promise<void> {
    this.finish();
    return Promise.resolve();
  }

  private receive(chunk: Buffer): void {
    if (this.closed) return;
    const fits = this.lines.push(chunk, (line) => this.receiveLine(line));
    if (!fits) this.fail('mcp_result_too_large');
  }

  private receiveLine(line: string): void {
    if (this.closed || line.trim() === '') return;
    let value: unknown;
    try {
      value = JSON.parse(line);
    } catch {
      return this.receiveStray();
    }
    let message: JSONRPCMessage;
    try {
      message = parseJSONRPCMessage(value);
    } catch {
      // A broken message may be the answer somebody waits for; a log line in JSON is not.
      return isAboutProtocol(value) ? this.fail('mcp_protocol_error') : this.receiveStray();
    }
    this.strayLines = 0;
    this.onmessage?.(message);
  }

  private receiveStray(): void {
    this.strayLines += 1;
    if (this.strayLines >= MAX_STRAY_LINES) this.fail('mcp_protocol_error');
  }

  private fail(code: 'mcp_protocol_error' | 'mcp_result_too_large'): void {
    if (this.closed) return;
    this.failure = new McpError(code);
    this.finish();
  }

  private finish(): void {
    if (this.closed) return;
    this.closed = true;
    this.lines.clear();
    const child = this.child;
    child?.stdout?.removeAllListeners('data').resume();
    if (child?.pid !== undefined && child.exitCode === null && child.signalCode === null) {
      endProcessGroup(child);
    }
    if (!child) this.markExited();
    this.onclose?.();
  }
}

function isAboutProtocol(value: unknown): boolean {
  return typeof value === 'object' && value !== null && 'jsonrpc' in value;
}
