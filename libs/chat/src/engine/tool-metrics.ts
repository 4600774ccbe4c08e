import { McpError, type McpInputRequired, type McpTool, type McpToolResult } from '@app/mcp';
import { counter, histogram } from '@app/metrics';
import { type Span, traced } from '@app/tracing';

/** From a tool in this process to a slow search. Seconds. */
const DURATIONS = [0.005, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];

const calls = counter({
  name: 'gateway_tool_calls_total',
  help: 'Tool calls by the server of the profile, including calls that failed because its tools could not be listed. The outcome is succeeded, tool_failed, input_required or the error code.',
  labels: ['server', 'outcome'],
});

const durations = histogram(
  {
    name: 'gateway_tool_call_duration_seconds',
    help: 'Time from the call of a tool to its result, including the time to open a connection.',
    labels: ['server'],
  },
  DURATIONS,
);

/** Counts what keeps a server from being called at all. */
export async function measuredListing(
  server: string,
  list: () => Promise<McpTool[]>,
): Promise<McpTool[]> {
  try {
    return await list();
  } catch (error) {
    calls.add({ server, outcome: error instanceof McpError ? error.code : 'internal_error' });
    throw error;
  }
}

/** Counts one call, and how long it takes; a span of the trace of its run. */
export function measuredCall(
  server: string,
  tool: string,
  call: () => Promise<McpToolResult | McpInputRequired>,
): Promise<McpToolResult | McpInputRequired> {
  return traced(
    () => ({
      name: `execute_tool ${tool}`,
      kind: 'client',
      attributes: {
        'gen_ai.operation.name': 'execute_tool',
        'gen_ai.tool.name': tool,
        'mcp.server': server,
      },
    }),
    (span) => countedCall(server, call, span),
  );
}

async function countedCall(
  server: string,
  call: () => Promise<McpToolResult | McpInputRequired>,
  span: Span | undefined,
): Promise<McpToolResult | McpInputRequired> {
  const startedAt = performance.now();
  try {
    const result = await call();
    calls.add({ server, outcome: outcomeOf(result) });
    span?.set({ 'gateway.tool.outcome': outcomeOf(result) });
    return result;
  } catch (error) {
    calls.add({ server, outcome: error instanceof McpError ? error.code : 'internal_error' });
    throw error;
  } finally {
    durations.observe({ server }, (performance.now() - startedAt) / 1_000);
  }
}

function outcomeOf(result: McpToolResult | McpInputRequired): string {
  if ('questions' in result) return 'input_required';
  return result.isError ? 'tool_failed' : 'succeeded';
}
