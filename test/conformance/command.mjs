import { request } from 'node:http';

// What the runner starts for each scenario. It hands the scenario to the driver, which is one process for all of them, as
// a gateway is, and ends as the driver says.
const scenario = {
  name: process.env.MCP_CONFORMANCE_SCENARIO,
  url: process.argv.at(-1),
  context: JSON.parse(process.env.MCP_CONFORMANCE_CONTEXT ?? '{}'),
};
const sent = request({ socketPath: process.env.DRIVER_SOCKET, method: 'POST' }, (answer) => {
  if (answer.statusCode !== 200) process.exitCode = 1;
  answer.pipe(process.stderr);
});
sent.end(JSON.stringify(scenario));
