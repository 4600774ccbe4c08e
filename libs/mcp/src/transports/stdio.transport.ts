import type { JSONRPCMessage, Transport } from '@modelcontextprotocol/client';
import { getDefaultEnvironment } from '@modelcontextprotocol/client/stdio';
import { spawn, type ChildProcess } from 'node:child_process';
import { MessageReader } from '../dialects/message-reader.js';
import { McpError } from '../mcp.error.js';
import { LineSplitter } from './line-splitter.js';
import { OutputTail } from './output-tail.js';
import { endProcessGroup, guardProcessGroup } from './process-group.js';
import { ProcessGuardian } from './process-guardian.js';
import { MAX_MESSAGE_BYTES } from './transport-limits.js';

/** Honest servers print banners and progress to stdout; this much without one message is no MCP server. Bytes. */
const MAX_STRAY_BYTES = 4 * 1024 * 1024;
/** What every message has, so that not each line of a banner is parsed. */
const MAY_BE_MESSAGE = /"(?:jsonrpc|id|method)"/;
/** How long the output of a child that has exited is still read. Milliseconds. */
const DRAIN_MS = 250;

/** One for all servers of this process. */
const guardian = new ProcessGuardian();

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
  /** How the child ended, if it was not asked to: `exit code 1` or `signal SIGKILL`. */
  endedByItself: string | undefined;
  /** Resolves when the child process is gone. */
  readonly exited: Promise<void>;
  /** With `pid`, the mark by which the SDK knows that silence on this transport means an old server, not an outage. */
  readonly stderr = null;

  private child: ChildProcess | undefined;
  private closed = false;
  private strayBytes = 0;
  private readonly lines = new LineSplitter(MAX_MESSAGE_BYTES);
  private readonly reader = new MessageReader();
  private readonly complaints = new OutputTail();
  private markExited!: () => void;

  constructor(private readonly process: StdioProcess) {
    this.exited = new Promise((resolve) => (this.markExited = resolve));
  }

  get pid(): number | null {
    return this.child?.pid ?? null;
  }

  /** What the server wrote to stderr last: the server's words, cleaned and bounded. */
  lastWords(): string[] {
    return this.complaints.lines();
  }

  start(): Promise<void> {
    guardian.stand();
    const { mark, environment } = guardian.mark();
    const child: ChildProcess = spawn(this.process.command, this.process.args, {
      env: { ...getDefaultEnvironment(), ...this.process.env, ...environment },
      stdio: 'pipe',
      detached: process.platform !== 'win32',
      windowsHide: true,
    });
    this.child = child;
    const started = this.untilStarted(child, mark);
    // One that could not be started may have no pipes. An error of its input is a broken pipe: the child has closed it,
    // or is about to be reported as gone, which `exit` tells.
    child.stdin?.on('error', () => undefined);
    child.stdout?.on('data', (chunk: Buffer) => this.receive(chunk));
    // Some servers end without the end of their last line.
    child.stdout?.once('end', () => this.receive(Buffer.from('\n')));
    // Read to its end, or the child would wait for us; only its last lines are kept, for the log of a failure.
    child.stderr?.on('data', (chunk: Buffer) => this.complaints.push(chunk));
    child.once('exit', (code, signal) => {
      if (!this.closed) this.endedByItself = signal ? `signal ${signal}` : `exit code ${code}`;
      this.markExited();
      // A process that left the group may hold the pipes open indefinitely.
      setTimeout(() => {
        this.finish();
        child.stdout?.destroy();
        child.stderr?.destroy();
      }, DRAIN_MS).unref();
    });
    child.once('close', () => this.finish());
    return started;
  }

  send(message: JSONRPCMessage): Promise<void> {
    const stdin = this.child?.stdin;
    if (this.closed || !stdin?.writable) return Promise.reject(new McpError('mcp_unavailable'));
    this.reader.sending(message);
    this.strayBytes = 0;
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

  private untilStarted(child: ChildProcess, mark: string): Promise<void> {
    return new Promise((resolve, reject) => {
      child.once('spawn', () => {
        guardProcessGroup(child, guardian, mark);
        resolve();
      });
      child.once('error', (error: NodeJS.ErrnoException) => {
        this.markExited();
        this.finish();
        const reason = error.code ?? 'unknown';
        const message = 'The tool server could not be started.';
        reject(new McpError('mcp_unavailable', message, { reason }));
      });
    });
  }

  private receive(chunk: Buffer): void {
    if (this.closed) return;
    const fits = this.lines.push(chunk, (line) => this.receiveLine(line));
    if (!fits) this.fail('mcp_result_too_large', 'A message is too large.');
  }

  private receiveLine(line: string): void {
    if (this.closed) return;
    const messages = this.messagesIn(line);
    if (messages.length === 0) return this.receiveStray(line);
    this.strayBytes = 0;
    for (const message of messages) this.onmessage?.(message);
  }

  private messagesIn(line: string): JSONRPCMessage[] {
    return MAY_BE_MESSAGE.test(line) ? this.reader.readText(line) : [];
  }

  private receiveStray(line: string): void {
    this.strayBytes += line.length + 1;
    if (this.strayBytes < MAX_STRAY_BYTES) return;
    this.fail('mcp_protocol_error', 'It writes to stdout what is no message.');
  }

  private fail(code: 'mcp_protocol_error' | 'mcp_result_too_large', reason: string): void {
    if (this.closed) return;
    this.failure = new McpError(code, undefined, { reason });
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
