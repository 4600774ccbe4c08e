import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { fails, raw } from '../../../libs/models/src/testing/model-server.js';
import {
  calls,
  chunk,
  DONE,
  says,
  usageOf,
} from '../../../libs/models/src/testing/open-ai-answers.js';
import { type Answer, aUser, call, type Chat, say } from '../client.ts';
import type { AlertStage } from './alert-stage.ts';
import type { Causes } from './cause.ts';
import { held } from './slow-messages.ts';

/** More than the half second of the objective. Milliseconds. */
const SLOW_MS = 600;

/** More than the 0.2 seconds of the rule. Milliseconds. */
const BLOCKED_MS = 400;

/** Of each of two conversations: those that one line has room for. */
const WAITING = 31;

const WAITING_MESSAGES = 'gateway_queue_length{queue="messages"}';
const LOG_LINES_LOST = 'gateway_log_lines_lost_total{output="file"}';
const NEWEST_BACKUP = 'gateway_backup_last_success_timestamp_seconds';
const STARTED_AT = 'process_start_time_seconds';
const DAY = 24 * 60;

/** Of the messages that are held in a queue. */
const queued: Promise<Answer<Chat>>[] = [];
let releaseQueue = () => {};

/** Why each alert is raised, on the embedded database. What kills the gateway comes last. */
export const CAUSES: Causes<AlertStage> = {
  GatewayErrors: {
    what: 'a table of the database is missing',
    round: (stage) =>
      stage.withoutTable('conversations', () =>
        stage.many(5, () => stage.get('/api/chat/conversations', 500)),
      ),
  },
  GatewayErrorsSlowly: {
    what: 'one request of 300 fails',
    minutes: 40,
    minutesAfter: 200,
    round: async (stage) => {
      await stage.withoutTable('conversations', () => stage.get('/api/chat/conversations', 500));
      await stage.list(299);
    },
  },
  GatewaySlow: {
    what: 'another process locks the database',
    round: (stage) => slowRegistrations(stage, 3),
  },
  GatewaySlowSlowly: {
    what: 'another process locks the database for one request of 25',
    minutes: 40,
    minutesAfter: 200,
    round: async (stage) => {
      await slowRegistrations(stage, 1);
      await stage.list(24);
    },
  },
  GatewayAnswersFailing: {
    what: 'the tool of an assistant reports errors',
    round: (stage) => stage.many(5, () => readMissingNote(stage)),
  },
  GatewayModelSlow: {
    // Its messages were sent at the beginning, and their assistant gives up after two minutes.
    what: 'a model takes more than 15 seconds for its first token',
    minutes: 10,
    round: (stage) => stage.slowMessages.answerNext(),
  },
  GatewayAnswersFailingSlowly: {
    what: 'a tool reports an error for one message of 25',
    minutes: 40,
    minutesAfter: 200,
    round: async (stage) => {
      await readMissingNote(stage);
      await stage.many(24, () => say(stage.gateway, stage.user, 'notes', '/list_notes'));
    },
  },
  GatewayModelFailing: {
    what: 'the provider of a model fails, and another model answers',
    minutes: 6,
    round: async (stage) => {
      stage.first.answer(fails(500));
      const { data } = await say(stage.gateway, stage.user, 'fallback', 'Hello');
      expect(data.response).toBe('Hello.');
    },
    end: async ({ first }) => first.answer(says('Hello.')),
  },
  GatewayToolServerFailing: {
    what: 'an MCP server crashes, and the model answers without its tool',
    minutes: 6,
    round: async ({ main, gateway, user }) => {
      main.answer(calls({ name: 'echo', text: '{}' }), says('I cannot look it up.'));
      expect((await say(gateway, user, 'crashing', 'Hello')).status).toBe(200);
    },
    end: async ({ main }) => main.answer(says('Hello.')),
  },
  GatewayCostSpike: {
    what: 'messages are a thousand times as long as those of the day before',
    minutes: 40,
    minutesAfter: 60,
    minutesBefore: DAY,
    round: async ({ main, gateway, user }) => {
      const usage = usageOf(2_000_000, 1_000);
      main.answer(
        raw(chunk({ content: 'Long.' }, { finish: 'stop' }), chunk(null, { usage }), DONE),
      );
      expect((await say(gateway, user, 'talk', 'Hello')).status).toBe(200);
    },
    end: async ({ main }) => main.answer(says('Hello.')),
  },
  GatewaySignInsFailing: {
    what: 'passwords are guessed',
    rounds: 1,
    minutes: 10,
    round: (stage) =>
      stage.many(80, async () => {
        expect((await stage.signInWithUnknownName()).status).toBe(401);
      }),
  },
  GatewayLimitsHit: {
    what: 'a client goes on after it has met a limit',
    rounds: 2,
    minutes: 10,
    prepare: (stage) => stage.get('/api/me/export', 200),
    round: (stage) => stage.many(130, () => stage.get('/api/me/export', 429)),
  },
  GatewayQueueLong: {
    what: 'messages wait for a model that does not answer',
    round: async (stage) => {
      if (queued.length === 0) await queueMessages(stage);
    },
    end: async ({ main }) => {
      main.answer(says('Hello.'));
      releaseQueue();
      await Promise.all(queued);
    },
  },
  GatewayEventLoopBlocked: {
    what: 'the process gets no CPU',
    isCalm: ({ samples }) => samples.get('nodejs_eventloop_lag_p99_seconds')! < 0.1,
    round: async (stage) => {
      // What is measured is the time from one turn of the loop to the next one.
      await pause(stage);
      await pause(stage);
    },
  },
  GatewayFilesRunOut: {
    what: 'clients keep connections open',
    round: (stage) => stage.fillFiles(),
    end: async (stage) => {
      stage.closeSockets();
      await expect.poll(() => stage.shareOfFiles()).toBeLessThan(0.5);
    },
  },
  GatewayLogLost: {
    what: 'the disk of the log is full',
    rounds: 2,
    round: async (stage) => {
      expect(() => writeFileSync(fillerOf(stage), Buffer.alloc(8_388_608))).toThrow(/ENOSPC/);
      const lost = (await stage.value(LOG_LINES_LOST)) ?? 0;
      while (((await stage.value(LOG_LINES_LOST)) ?? 0) === lost) await stage.knock(500);
    },
    end: async (stage) => {
      rmSync(fillerOf(stage));
      await expect.poll(() => stage.gateway.log()).toContain('"event":"log.output_recovered"');
    },
  },
  GatewayBackupOld: {
    what: 'no backup is made for two days',
    rounds: 1,
    minutes: 2 * DAY + 120,
    minutesBefore: 60,
    minutesAfter: 60,
    round: async () => {},
    end: async (stage) => {
      const before = await stage.value(NEWEST_BACKUP);
      await stage.backUp();
      await expect.poll(() => stage.value(NEWEST_BACKUP)).toBeGreaterThan(before!);
    },
  },
  GatewayDown: {
    what: 'the gateway is killed',
    round: ({ gateway }) => gateway.kill(),
    end: (stage) => stage.restart(),
  },
  GatewayRestarting: {
    what: 'the gateway is killed, and started again, three times',
    minutes: 4,
    round: async (stage) => {
      const before = await stage.value(STARTED_AT);
      // It is told in whole seconds, and a start may take less than one.
      do await stage.restart();
      while ((await stage.value(STARTED_AT)) === before);
    },
  },
};

/** Each waits for the other process, and succeeds. */
async function slowRegistrations(stage: AlertStage, count: number): Promise<void> {
  const unlock = stage.lock();
  const registered = Array.from({ length: count }, () => aUser(stage.gateway));
  await setTimeout(SLOW_MS);
  unlock();
  await Promise.all(registered);
}

/** Ends when the gateway has answered again. */
async function pause({ gateway }: AlertStage): Promise<void> {
  process.kill(gateway.pid!, 'SIGSTOP');
  await setTimeout(BLOCKED_MS);
  process.kill(gateway.pid!, 'SIGCONT');
  await call(gateway, '/health');
}

async function readMissingNote({ gateway, user }: AlertStage): Promise<void> {
  const { data } = await say(gateway, user, 'notes', '/read_note 99');
  expect(data.isError).toBe(true);
}

/** Two conversations, each with a message that the model does not answer, and others that wait for it. */
async function queueMessages(stage: AlertStage): Promise<void> {
  const { gateway, main } = stage;
  const { answer, release } = held();
  releaseQueue = release;
  for (let conversation = 0; conversation < 2; conversation += 1) {
    const user = await aUser(gateway);
    main.answer(says('Hello.'));
    const { conversationId } = (await say(gateway, user, 'talk', 'Hello')).data;
    const next = () => queued.push(say(gateway, user, 'talk', 'Hello', conversationId));
    const asked = main.asked.length;
    main.answer(answer);
    next();
    await expect.poll(() => main.asked.length).toBe(asked + 1);
    for (let waiting = 0; waiting < WAITING; waiting += 1) next();
  }
  await expect.poll(() => stage.value(WAITING_MESSAGES)).toBe(2 * WAITING);
}

/** On the disk that only the gateway has. */
function fillerOf({ gateway, logs }: AlertStage): string {
  return join(`/proc/${gateway.pid}/root`, logs, 'filler');
}
