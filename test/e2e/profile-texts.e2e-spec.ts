import { aUser, call, type User } from './client.ts';
import { aSecret, type Gateway, startGateway } from './gateway.ts';
import { aModelFile, aModelsDir, MODEL_KEY } from './models.ts';
import { aProfile, aProfilesDir } from './profiles.ts';

interface Profile {
  readonly id: string;
  readonly name: string;
  readonly description: string;
  readonly capabilities: string[];
  readonly suggestions: string[];
  readonly language: string;
  readonly languages: string[];
  readonly accent: string | null;
}

let gateway: Gateway;
let user: User;
beforeAll(async () => {
  const PROFILES_DIR = aProfilesDir({ 'plain.json': aProfile('plain', { language: 'nl' }) });
  gateway = await startGateway({
    environment: { PROFILES_DIR, ALLOWED_ORIGINS: 'https://app.test' },
  });
  user = await aUser(gateway);
});

const ask = <Data>(path: string, language?: string, at = gateway, by = user) =>
  call<Data>(at, path, {
    token: by.token,
    headers: {
      Origin: 'https://app.test',
      ...(language === undefined ? {} : { 'Accept-Language': language }),
    },
  });

describe('an assistant', () => {
  it('introduces itself in the language that is wanted most', async () => {
    for (const [wanted, name, language] of [
      ['de-AT, en;q=0.7', 'Notizen', 'de'],
      ['fr;q=0.9, de;q=0.8', 'Notes', 'fr'],
      ['ja', 'Notes', 'en'],
    ] as const) {
      const { data, headers } = await ask<Profile>('/api/profiles/notes', wanted);
      expect(data).toMatchObject({ name, language, languages: ['en', 'de', 'fr'] });
      expect(headers.get('content-language')).toBe(language);
      expect(headers.get('vary')).toMatch(/Origin.*Accept-Language/);
    }
  });

  it('says what it can do and how to begin, in each of its languages', async () => {
    const { data: english } = await ask<Profile[]>('/api/profiles');
    for (const language of ['de', 'fr']) {
      const { data, headers } = await ask<Profile[]>('/api/profiles', language);
      // Plain has no translation.
      expect(headers.get('content-language')!.split(', ').toSorted()).toEqual(
        [language, 'nl'].toSorted(),
      );
      for (const [index, profile] of data.entries()) {
        const own = english[index]!;
        if (profile.id === 'plain') {
          expect(profile).toMatchObject({ capabilities: [], suggestions: [], accent: null });
          continue;
        }
        expect(profile.capabilities).toHaveLength(own.capabilities.length);
        expect(profile.capabilities).not.toEqual(own.capabilities);
        expect(profile.description).not.toBe(own.description);
        expect(profile.accent).toMatch(/^#[0-9A-F]{6}$/);
      }
    }
  });

  it('suggests commands where no model answers, and sentences where one does', async () => {
    const { data: direct } = await ask<Profile>('/api/profiles/calendar', 'de');
    expect(direct.suggestions).toEqual(['/list_events', '/help']);
    const thinking = await startGateway({
      environment: {
        MODELS_DIR: aModelsDir(aModelFile('main', 'http://127.0.0.1:9')),
        [MODEL_KEY]: aSecret(),
      },
    });
    const by = await aUser(thinking);
    const { data } = await ask<Profile>('/api/profiles/calendar', 'de', thinking, by);
    expect(data.suggestions).toHaveLength(3);
    expect(data.suggestions).toContain('Was kommt als Nächstes?');
  });

  it.each(['a'.repeat(8_000), ';q=1,,;=', '*;q=0', 'de;q=1e999'])(
    'comes in some language whatever is wanted: %s',
    async (wanted) => {
      const { status, data } = await ask<Profile>('/api/profiles/notes', wanted);
      expect([status, data.languages.includes(data.language)]).toEqual([200, true]);
    },
  );
});

describe('a suggestion', () => {
  it('that is a command is one that the assistant takes', async () => {
    const { data: profiles } = await ask<Profile[]>('/api/profiles');
    for (const { id, suggestions } of profiles) {
      for (const message of suggestions) {
        const { data } = await call<{ errorCode?: string }>(gateway, '/api/chat', {
          token: user.token,
          body: { message, profile_id: id },
        });
        expect([id, message, data.errorCode]).toEqual([id, message, undefined]);
      }
    }
  });
});
