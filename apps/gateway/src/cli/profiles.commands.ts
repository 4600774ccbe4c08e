import { PinWriter, ProfileCheck, ProfileVersionService } from '@app/chat';
import { SwitchService } from '@app/operations';
import { relative } from 'node:path';
import { addProfile } from './add-profile.command.js';
import { audited } from './local-call.js';
import { profileTable } from './profile-table.js';
import { ProfilesCliModule } from './profiles-cli.module.js';
import { command, type CommandGroup } from './program/command.js';
import { flag, optional, repeated, required } from './program/input.js';
import { table } from './program/table.js';
import { anyText, duration, plainText, wholeNumber } from './program/value-readers.js';

/** Pins the tools of a profile as they are now. */
const pin = command({
  name: 'profiles pin',
  summary: 'pin the current tool definitions of an assistant; review the diff of the file',
  args: { profile: required('PROFILE', 'the id of an assistant', anyText) },
  module: () => ProfilesCliModule.forRoot(),
  async run(app, { args: { profile } }) {
    const { path, tools, missing } = await app.get(PinWriter).pin(profile);
    const lines = [`${relative('', path)}: ${tools.join(', ')}`];
    if (missing.length > 0) lines.push(`Not found on its servers: ${missing.join(', ')}`);
    lines.push('Read the file, or its diff. It counts from the next start or reload.');
    return { data: { path, tools, missing }, text: lines.join('\n') };
  },
});

/** Holds profiles against their servers, as they are now. */
const check = command({
  name: 'profiles check',
  summary: 'list the tools of the servers of assistants, and call suggested tools that only read',
  args: { profiles: repeated('PROFILE', 'the ids of assistants; default: all', anyText) },
  options: { noCalls: flag('call no tool') },
  module: () => ProfilesCliModule.forRoot(),
  async run(app, { args: { profiles }, options: { noCalls } }) {
    const reports = await app.get(ProfileCheck).check(profiles, { callsTools: !noCalls });
    const isWell = reports.every(({ faults }) => faults.length === 0);
    return { data: reports, text: profileTable(reports), isWell };
  },
});

const MOST_VERSIONS = 1_000_000_000;

/** The versions of assistants. */
const versions = command({
  name: 'profiles list',
  summary: 'show the assistants, with the version in force and earlier versions',
  module: () => ProfilesCliModule.forRoot(),
  async run(app) {
    const profiles = await app.get(ProfileVersionService).list();
    const rows = profiles.flatMap(({ profileId, version: inForce, versions: all }) =>
      all.map(({ version, createdAt, sha256 }) => [
        profileId,
        String(version),
        version === inForce ? 'in force' : '',
        createdAt,
        sha256.slice(0, 12),
      ]),
    );
    return {
      data: { profiles },
      text: table(['PROFILE', 'VERSION', '', 'SINCE', 'SHA-256'], rows),
    };
  },
});

/** Has running gateways take the files. */
const reload = command({
  name: 'profiles reload',
  summary: 'load changed profile files, on all instances within a second',
  module: () => ProfilesCliModule.forRoot(),
  async run(app) {
    const { changes } = await audited(app, 'profiles.reloaded', 'profile', (record) =>
      app.get(ProfileVersionService).reload(null, record),
    );
    const lines = changes.map(({ profileId, version }) =>
      version === null ? `${profileId}: taken away` : `${profileId}: version ${version}`,
    );
    return { data: { changes }, text: lines.join('\n') || 'No file has changed.' };
  },
});

/** For a version that turns out to be a bad one. */
const rollback = command({
  name: 'profiles rollback',
  summary: 'roll an assistant back to an earlier version, on all instances within a second',
  args: {
    profile: required('PROFILE', 'the id of an assistant', anyText),
    version: optional('VERSION', 'default: the previous version', wholeNumber(1, MOST_VERSIONS)),
  },
  module: () => ProfilesCliModule.forRoot(),
  async run(app, { args: { profile, version } }) {
    const inForce = await audited(app, 'profile.rolled_back', 'profile', (record) =>
      app.get(ProfileVersionService).rollback(profile, version, null, record),
    );
    const text = `${profile}: version ${inForce.version} is in force within a second, until its file changes.`;
    return { data: inForce, text };
  },
});

const disable = command({
  name: 'profiles disable',
  summary: 'switch off an assistant, on all instances within a second',
  args: { profile: required('PROFILE', 'the id of an assistant', anyText) },
  options: {
    reason: required('<text>', 'the reason, for the record', plainText),
    for: optional('<duration>', 'the duration, such as 2h; default: until it is enabled', duration),
  },
  module: () => ProfilesCliModule.forRoot(),
  async run(app, { args: { profile: target }, options: { reason, for: durationMs } }) {
    const wanted = { scope: 'profile', target, reason, durationMs } as const;
    const one = await audited(app, 'switch.off', 'profile', (record) =>
      app.get(SwitchService).off(wanted, undefined, record),
    );
    return { data: one, text: `${target} is off within a second.` };
  },
});

const enable = command({
  name: 'profiles enable',
  summary: 'switch on an assistant again',
  args: { profile: required('PROFILE', 'the id of an assistant', anyText) },
  async run(app, { args: { profile: target } }) {
    await audited(app, 'switch.on', 'profile', (record) =>
      app.get(SwitchService).onAgain({ scope: 'profile', target }, record),
    );
    return { data: { target }, text: `${target} is on again within a second.` };
  },
});

export const profileCommands: CommandGroup = {
  noun: 'profiles',
  summary: 'Assistants: their files and their servers',
  commands: [addProfile, check, pin, versions, reload, rollback, disable, enable],
};
