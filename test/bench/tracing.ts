import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { aChat, withProfile } from './chats.ts';
import type { Database } from './harness/databases.ts';
import { microseconds, milliseconds, ratio, type Row, shown } from './harness/row.ts';
import { startBareGateway, startGateway } from './harness/servers.ts';
import { withSpread } from './harness/statistics.ts';

const STARTS = 7;
const WARM_UP_CHATS = 600;
const ROUNDS = 12;
const CHATS_A_ROUND = 200;

const KINDS = ['off', 'on'] as const;
type Kind = (typeof KINDS)[number];
type Measured = Record<Kind, number[]>;

/** What the export of every trace to a collector costs: in turn with a gateway without one. */
export async function tracing(database: Database): Promise<Row[]> {
  const collector = await startCollector();
  const environment = {
    off: await withProfile(database),
    on: { ...(await withProfile(database)), OTEL_EXPORTER_OTLP_ENDPOINT: collector.url },
  };
  const starts = await measureStarts(environment);
  const chats = await measureChats(environment);
  if (collector.received() === 0) throw new Error('no trace has reached the collector');
  collector.close();
  return [
    ...rows('Cold start', starts, milliseconds),
    ...rows('CPU of the gateway per chat', chats, microseconds),
  ];
}

async function measureStarts(
  environment: Readonly<Record<Kind, Record<string, string>>>,
): Promise<Measured> {
  // The first start makes the schema.
  for (const kind of KINDS) await (await startBareGateway(environment[kind])).stop();
  return inTurn(STARTS, async (kind) => {
    const gateway = await startBareGateway(environment[kind]);
    await gateway.stop();
    return gateway.startedIn;
  });
}

async function measureChats(
  environment: Readonly<Record<Kind, Record<string, string>>>,
): Promise<Measured> {
  const gateways = {
    off: await startGateway(environment.off),
    on: await startGateway(environment.on),
  };
  const chats = {
    off: await aChat(gateways.off, 'tracing-off'),
    on: await aChat(gateways.on, 'tracing-on'),
  };
  for (const kind of KINDS) for (let n = 0; n < WARM_UP_CHATS; n += 1) await chats[kind]();
  const measured = await inTurn(ROUNDS, async (kind) => {
    const before = gateways[kind].cpuTime();
    for (let n = 0; n < CHATS_A_ROUND; n += 1) await chats[kind]();
    return (gateways[kind].cpuTime() - before) / CHATS_A_ROUND;
  });
  for (const kind of KINDS) await gateways[kind].stop();
  return measured;
}

async function inTurn(rounds: number, measure: (kind: Kind) => Promise<number>): Promise<Measured> {
  const measured: Measured = { off: [], on: [] };
  for (let round = 0; round < rounds; round += 1)
    for (const kind of round % 2 === 0 ? KINDS : KINDS.toReversed())
      measured[kind].push(await measure(kind));
  return measured;
}

function rows(what: string, { off, on }: Measured, unit: (value: number) => string): Row[] {
  const ratios = on.map((value, round) => value / off[round]!);
  return [
    shown(`${what} without a collector`, withSpread(off, unit)),
    shown(`${what} with tracing on`, withSpread(on, unit)),
    shown(`${what}: with tracing on ÷ without`, withSpread(ratios, ratio)),
  ];
}

/** Takes whatever is exported, on the core of the load. */
async function startCollector() {
  let received = 0;
  const server = createServer((request, response) => {
    request.resume().once('end', () => {
      received += 1;
      response.writeHead(200, { 'Content-Type': 'application/x-protobuf' }).end();
    });
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    received: () => received,
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}
