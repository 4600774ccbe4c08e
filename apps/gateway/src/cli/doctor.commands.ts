import { ConfigurationError } from '@app/config';
import type { INestApplicationContext } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { assertValidEnvironment } from '../configuration/environment.js';
import type { Check } from '../doctor/check.js';
import { configurationChecks } from '../doctor/configuration.checks.js';
import { type Examination, examine } from '../doctor/doctor.js';
import { operationChecks } from '../doctor/operation.checks.js';
import { RunningService } from '../doctor/running-service.js';
import { serviceChecks } from '../doctor/service.checks.js';
import { storageChecks } from '../doctor/storage.checks.js';
import { StoredState } from '../doctor/stored-state.js';
import { CliModule } from './cli.module.js';
import { bareModule } from './program/bare-module.js';
import { command, type CommandGroup } from './program/command.js';
import { optional, type Reader } from './program/input.js';
import { UsageError } from './program/usage.error.js';

const address: Reader<string> = (text) => {
  const url = /^https?:\/\/[^\s?#@]+$/i.test(text) ? URL.parse(text) : null;
  if (!url) throw new UsageError('an address such as http://127.0.0.1:3000');
  return url.href.replace(/\/$/, '');
};

const doctor = command({
  name: 'doctor',
  summary: 'check the configuration and the running gateway against the checklist of the policy',
  options: {
    url: optional(
      '<address>',
      'address of the gateway; default: the address that it listens on',
      address,
    ),
  },
  module: bareModule,
  async run(_app, { options: { url } }) {
    const examination = await examineAll(url);
    return {
      data: examination,
      text: textOf(examination),
      isWell: examination.status !== 'fail',
    };
  },
});

async function examineAll(url: string | undefined): Promise<Examination> {
  const reason = reasonAgainstStart();
  if (reason !== undefined) return examine([invalid(reason)]);
  const service = new RunningService(url);
  const state = new StoredState(openServices);
  try {
    return await examine([
      ...configurationChecks(),
      ...serviceChecks(service),
      ...storageChecks(state),
      ...operationChecks(service),
    ]);
  } finally {
    await Promise.all([service.close(), state.close()]);
  }
}

async function openServices(): Promise<INestApplicationContext> {
  const options = { logger: false, abortOnError: false } as const;
  return NestFactory.createApplicationContext(await CliModule.forRoot(), options);
}

function reasonAgainstStart(): string | undefined {
  try {
    assertValidEnvironment();
    return undefined;
  } catch (error) {
    if (error instanceof ConfigurationError) return error.message;
    throw error;
  }
}

function invalid(finding: string): Check {
  const fix = 'Correct the variables: docs/configuration.md describes each of them.';
  return {
    id: 'configuration',
    list: 'before deployment',
    run: () => ({ status: 'fail', finding, fix }),
  };
}

function textOf({ checks }: Examination): string {
  const lists = ['before deployment', 'in operation'] as const;
  const parts = lists.map((list) => {
    const lines = checks
      .filter((check) => check.list === list)
      .flatMap(({ id, status, finding, fix }) => [
        `  ${status}  ${id.padEnd(15)} ${finding}`,
        ...(fix === undefined ? [] : [`${' '.repeat(24)}${fix}`]),
      ]);
    return lines.length === 0 ? [] : [list, ...lines];
  });
  const count = (status: string) => checks.filter((check) => check.status === status).length;
  const summary = `${count('pass')} passed, ${count('warn')} to look at, ${count('fail')} failed`;
  return [...parts.flat(), summary].join('\n');
}

export const doctorCommands: CommandGroup = {
  noun: 'doctor',
  summary: 'The checklist of the security policy',
  commands: [doctor],
};
