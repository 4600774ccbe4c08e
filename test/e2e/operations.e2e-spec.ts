import { DCLinter } from 'dclint';
import { validate } from 'dockerfile-utils';
import { existsSync, globSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { Script } from 'node:vm';
import { parse } from 'yaml';

/** What an operator is given must match the code, and hold what it promises. None of it needs a container. */

const ROOT = join(import.meta.dirname, '../..');
const read = (path: string) => readFileSync(join(ROOT, path), 'utf8');
const sorted = (names: Iterable<string>) => [...new Set(names)].sort();

const sources = globSync('{apps,libs}/*/src/**/*.ts', { cwd: ROOT })
  .filter((path) => !path.endsWith('.spec.ts') && !path.includes('/testing/'))
  .map((path) => ({ path, text: read(path) }));

interface Service {
  readonly image: string;
  readonly build?: unknown;
  readonly user?: string;
  readonly read_only?: boolean;
  readonly cap_drop?: readonly string[];
  readonly cap_add?: readonly string[];
  readonly privileged?: boolean;
  readonly security_opt?: readonly string[];
  readonly tmpfs?: readonly string[];
  readonly ports?: readonly string[];
  readonly networks: readonly string[] | Readonly<Record<string, unknown>>;
  readonly profiles?: readonly string[];
  readonly env_file?: readonly string[];
  readonly healthcheck?: { readonly test: readonly string[] };
  readonly environment?: Readonly<Record<string, string | number>>;
  readonly depends_on?: Readonly<Record<string, { readonly condition: string }>>;
  readonly command?: readonly string[];
  readonly stop_grace_period?: string;
  readonly mem_limit?: string;
  readonly memswap_limit?: string;
  readonly cpus?: number | string;
  readonly pids_limit?: number;
  readonly volumes?: readonly string[];
}

const compose = parse(read('docker-compose.yml'), { merge: true }) as {
  readonly services: Readonly<Record<string, Service>>;
  readonly networks: Readonly<
    Record<string, { readonly internal?: boolean; readonly ipam?: unknown }>
  >;
  readonly volumes: Readonly<Record<string, unknown>>;
};
const services = Object.entries(compose.services);
/** Those that start without a profile. */
const usual = services.filter(([, { profiles }]) => profiles === undefined);

/** Where one variable of a schema begins; not a field of a type. */
const KEY_OF_SCHEMA = /^\s*\{?\s*(?=[A-Z][A-Z0-9_]*:\s(?!(?:string|number|boolean|readonly)\b))/gm;

/** The variables that the code reads: the keys of every schema, and what is read beside the schemas. */
function configuredVariables(): string[] {
  const configs = sources.filter(({ path }) => path.endsWith('.config.ts'));
  const keys = configs.flatMap(({ text }) =>
    text
      .split(KEY_OF_SCHEMA)
      .slice(1)
      .map((part) => part.slice(0, part.indexOf(':'))),
  );
  const prefixes = configs.flatMap(({ text }) =>
    [...text.matchAll(/startsWith\('([A-Z_]+_)'\)/g)].map(([, prefix]) => `${prefix}*`),
  );
  const mode = /environment\.(NODE_ENV)/.exec(read('libs/config/src/run-mode.ts'))![1]!;
  return sorted([...keys, ...prefixes, mode]);
}

describe('the environment', () => {
  it('is found in the sources', () => {
    expect(configuredVariables()).toEqual(
      expect.arrayContaining(['PORT', 'JWT_SECRET', 'LIMIT_CHAT', 'PROFILES_DIR', 'MCP_SECRET_*']),
    );
    const files = sources.filter(({ path }) => path.endsWith('.config.ts'));
    expect(files.length).toBeGreaterThanOrEqual(8);
  });

  it('has no secret in .env.example', () => {
    const lines = read('.env.example').split('\n');
    const secrets = lines.filter((line) =>
      /^[A-Z_]*(SECRET|PEPPER|TOKEN|PASSWORD)(_PREVIOUS)?=/.test(line),
    );
    expect(secrets.length).toBeGreaterThanOrEqual(5);
    for (const line of secrets) expect(line).toMatch(/^[A-Z_]+=$/);
  });
});

describe('the Dockerfile', () => {
  const dockerfile = read('Dockerfile').replaceAll('\\\n', ' ');
  const lines = dockerfile.split('\n').filter((line) => !line.startsWith('#'));

  it('has nothing to complain about', () => {
    expect(validate(read('Dockerfile'))).toEqual([]);
  });

  it('copies only what is there, or what an earlier stage makes', () => {
    const made = ['/app/node_modules', '/app/dist'];
    const copies = lines.filter((line) => line.startsWith('COPY '));
    expect(copies.length).toBeGreaterThanOrEqual(6);
    for (const copy of copies) {
      const words = copy.split(/\s+/).slice(1);
      const from = words.some((word) => word.startsWith('--from='));
      for (const source of words.filter((word) => !word.startsWith('--')).slice(0, -1)) {
        if (from) expect(made).toContain(source);
        else expect([source, existsSync(join(ROOT, source))]).toEqual([source, true]);
      }
    }
  });

  it('copies nothing that .dockerignore keeps out', () => {
    const admitted = read('.dockerignore')
      .split('\n')
      .filter((line) => line.startsWith('!'));
    const sourcesOfCopies = lines
      .filter((line) => line.startsWith('COPY ') && !line.includes('--from='))
      .flatMap((line) => line.split(/\s+/).slice(1, -1));
    for (const source of sourcesOfCopies) expect(admitted).toContain(`!${source.split('/')[0]}`);
  });

  it('runs the release of Node that package.json asks for', () => {
    const { dependencies } = JSON.parse(read('package.json')) as {
      dependencies: Record<string, string>;
    };
    const images = lines.filter((line) => /^(ARG|FROM) /.test(line));
    expect(images[0]).toBe(`ARG NODE_IMAGE=node:${dependencies.node}-bookworm-slim`);
    for (const image of images.slice(1)) expect(image).toMatch(/^FROM \$\{NODE_IMAGE\}/);
  });

  it('runs no install script, and so brings no second Node', () => {
    const installs = lines.filter((line) => /npm (ci|install)/.test(line));
    expect(installs).toHaveLength(2);
    for (const install of installs) expect(install).toContain('npm ci');
    for (const install of installs) expect(install).toContain('--ignore-scripts');
    expect(installs[1]).toContain('--omit=dev');
  });

  it('needs no install script: the native modules carry their binaries', () => {
    const root = (name: string) =>
      join(createRequire(import.meta.url).resolve(`${name}/package.json`), '..');
    for (const platform of ['linux-x64', 'linux-arm64']) {
      expect(existsSync(join(root('bcrypt'), 'prebuilds', platform, 'bcrypt.glibc.node'))).toBe(
        true,
      );
      expect(existsSync(join(root('better-sqlite3'), 'prebuilds', `${platform}.node`))).toBe(true);
    }
  });

  it('ends as an ordinary user, with a health check and without a shell', () => {
    const last = dockerfile.slice(dockerfile.lastIndexOf('\nFROM '));
    expect(last).toMatch(/^USER 1000:1000$/m);
    expect(last).toMatch(/^HEALTHCHECK /m);
    expect(last).toMatch(/^CMD \["node", "dist\/apps\/gateway\/src\/main\.js"\]$/m);
    expect(last).toMatch(/NODE_ENV=production\s+HOST=0\.0\.0\.0/);
    expect(last).not.toMatch(/npm (ci|install)/);
  });

  it('has a health check that is a program', () => {
    const [, json] = /^HEALTHCHECK .*? CMD (\[.*\])$/m.exec(dockerfile)!;
    const program = (JSON.parse(json!) as string[]).at(-1)!;
    // Compiles it, and runs nothing.
    expect(() => new Script(program)).not.toThrow();
  });
});

describe('docker-compose.yml', () => {
  it('has nothing to complain about', async () => {
    const { rules } = parse(read('.dclintrc.yaml')) as { rules: Record<string, 0> };
    const linter = new DCLinter({ rules, quiet: false, debug: false, exclude: [] });
    const file = join(ROOT, 'docker-compose.yml');
    const results = (await linter.lintFiles([file], false)) as { messages: unknown[] }[];
    expect(results).toHaveLength(1);
    expect(results.flatMap(({ messages }) => messages)).toEqual([]);
  });

  it('lets Redis forget nothing before its time', () => {
    expect(compose.services.redis?.command?.join(' ')).toContain('--maxmemory-policy noeviction');
  });

  it('says of each rule that is off why', () => {
    const lines = read('.dclintrc.yaml').trimEnd().split('\n');
    const off = lines.flatMap((line, index) => (/^ {2}[a-z-]+: 0$/.test(line) ? [index] : []));
    for (const index of off) expect(lines[index - 1]).toMatch(/^ {2}# /);
  });

  it.each(services)('lets %s do no more than it needs', (_, service) => {
    expect(service).toMatchObject({
      read_only: true,
      cap_drop: ['ALL'],
      security_opt: ['no-new-privileges:true'],
    });
    // The proxy is root without capabilities but one, as its image gives its folders to root.
    const isProxy = service.profiles?.includes('tls') === true;
    // The models of the profile `model` are on a volume, which belongs to root.
    const isRoot = isProxy || service.profiles?.includes('model') === true;
    expect(service.user).toMatch(isRoot ? /^0:0$/ : /^[1-9]\d*:[1-9]\d*$/);
    expect(service.cap_add).toEqual(isProxy ? ['NET_BIND_SERVICE'] : undefined);
    expect(service.privileged).toBeUndefined();
    expect(service.tmpfs?.some((mount) => mount.startsWith('/tmp:size='))).toBe(true);
    // Swap on top would double the memory; more CPUs than the host has would keep it from starting.
    expect(service.mem_limit).toBeDefined();
    expect(service.memswap_limit).toBe(service.mem_limit);
    expect(String(service.cpus)).toMatch(/^(1|\$\{[A-Z]+_CPUS:-1\})$/);
    expect(service.pids_limit).toBeGreaterThan(0);
    expect(service.stop_grace_period).toBeDefined();
  });

  it.each(services)('checks the health of %s', (_, service) => {
    expect(service.healthcheck?.test[0]).toBe('CMD');
  });

  it.each(services)(
    'starts %s when what it needs is healthy, and Redis may be away',
    (_, service) => {
      for (const [name, { condition }] of Object.entries(service.depends_on ?? {})) {
        expect(condition).toBe(name === 'redis' ? 'service_started' : 'service_healthy');
      }
    },
  );

  it('brings the tables up to date before the personal tools start, who may not', () => {
    expect(Object.keys(compose.services.gateway!.depends_on!)).toEqual(['postgres', 'redis']);
    expect(compose.services['personal-tools']!.depends_on).toHaveProperty('gateway');
  });

  it("publishes the gateway's port and no other, on this machine unless told otherwise", () => {
    const published = usual.flatMap(([name, { ports }]) => (ports ?? []).map((p) => [name, p]));
    expect(published).toEqual([
      ['gateway', '${GATEWAY_HOST:-127.0.0.1}:${GATEWAY_PORT:-3000}:3000'],
    ]);
  });

  it('keeps everything but the gateway off the outside', () => {
    expect(compose.networks.inside).toEqual({ internal: true });
    expect(compose.networks.outside).toHaveProperty('ipam.config.0.gateway');
    for (const [name, { networks }] of usual) {
      expect(networks).toEqual(name === 'gateway' ? ['inside', 'outside'] : ['inside']);
    }
  });

  it('refuses to start without a secret, and holds none', () => {
    const required = [
      'JWT_SECRET',
      'PASSWORD_PEPPER',
      'POSTGRES_PASSWORD',
      'PERSONAL_TOOLS_POSTGRES_PASSWORD',
      'PERSONAL_TOOLS_TOKEN',
    ];
    const uses = [...read('docker-compose.yml').matchAll(/\$\{([A-Z_]+)([^}]*)\}/g)];
    for (const name of required) {
      const own = uses.filter(([, used]) => used === name);
      expect([name, own.length > 0]).toEqual([name, true]);
      for (const [, , rest] of own) expect(rest).toMatch(/^:\?.+/);
    }
    for (const [, { environment = {} }] of services) {
      for (const [name, value] of Object.entries(environment)) {
        if (/SECRET|PEPPER|PASSWORD|TOKEN/.test(name))
          expect(value).toMatch(/^(\$\{[A-Z_]+:\?.*)?$/);
      }
    }
  });

  it('names no variable that the code does not read', () => {
    // And empties what the file of the gateway holds for others.
    const known = [
      ...configuredVariables(),
      'POSTGRES_PASSWORD',
      'PERSONAL_TOOLS_POSTGRES_PASSWORD',
    ];
    for (const name of ['gateway', 'personal-tools']) {
      for (const variable of Object.keys(compose.services[name]!.environment!)) {
        expect(known).toContain(variable);
      }
    }
  });

  it('passes every setting on from the file, whatever the shell has exported', () => {
    const { env_file, environment } = compose.services.gateway!;
    expect(env_file).toEqual(['.env']);
    const fromShell = Object.values(environment!).flatMap((value) =>
      [...String(value).matchAll(/\$\{([A-Z_]+)/g)].map(([, name]) => name!),
    );
    expect(sorted(fromShell)).toEqual([
      'JWT_SECRET',
      // The address of the host depends on it, and the list may be set in the file: it is read for both.
      'OUTSIDE_NETWORK',
      'PASSWORD_PEPPER',
      'PERSONAL_TOOLS_TOKEN',
      'PLAIN_HTTP_FROM',
      'POSTGRES_PASSWORD',
    ]);
    // What the file says of the process itself is for one without a container.
    for (const name of ['HOST', 'PORT', 'DATA_DIR', 'PROFILES_DIR', 'NODE_ENV', 'REDIS_URL']) {
      expect(String(environment![name])).toMatch(/^[^$]+$/);
    }
    for (const name of ['POSTGRES_PASSWORD', 'PERSONAL_TOOLS_POSTGRES_PASSWORD']) {
      expect(environment![name]).toBe('');
    }
  });

  it('pins every image to a release', () => {
    for (const [, { image }] of services) {
      expect(image).toMatch(/^\$\{[A-Z]+_IMAGE:-[a-z/-]+:v?\d+\.\d+(\.\d+)?(-[a-z]+)?\}$/);
    }
  });

  it('lets PostgreSQL log neither the statement nor the row that it refuses', () => {
    const [program, ...options] = compose.services.postgres!.command!;
    expect(program).toBe('postgres');
    expect(options.filter((option) => option !== '-c')).toEqual([
      'log_error_verbosity=terse',
      'log_min_error_statement=panic',
    ]);
  });

  it('leaves the gateway the time that the longest message may take', () => {
    const schema = JSON.parse(read('libs/chat/src/profiles/profile.schema.json')) as {
      properties: { limits: { properties: { seconds: { maximum: number } } } };
    };
    const longest = schema.properties.limits.properties.seconds.maximum;
    const grace = Number.parseInt(compose.services.gateway!.stop_grace_period!, 10);
    expect(grace).toBeGreaterThanOrEqual(longest + 20);
  });

  it('runs files that the build makes', () => {
    const command = compose.services['personal-tools']!.command!;
    const source = command[1]!.replace(/^dist\//, '').replace(/\.js$/, '.ts');
    expect(existsSync(join(ROOT, source))).toBe(true);
    expect(compose.services['personal-tools']!.image).toBe(compose.services.gateway!.image);
  });

  it('keeps what must outlive a container on volumes', () => {
    expect(compose.services.gateway!.volumes).toEqual(['gateway-data:/app/data']);
    expect(sorted(Object.keys(compose.volumes))).toEqual([
      'gateway-data',
      'ollama-data',
      'postgres-data',
      'prometheus-data',
      'tls-data',
    ]);
  });

  it('refuses plain HTTP at the proxy, and redirects it nowhere', () => {
    const caddyfile = read('docker/Caddyfile');
    expect(caddyfile).toContain('\tauto_https disable_redirects\n');
    expect(caddyfile).toMatch(/^http:\/\/ \{\n[^}]*respond `.*"https_required".*` 403 \{$/m);
    expect(caddyfile).not.toMatch(/^\s*redir\b/m);
  });
});

describe('docs/logging.md', () => {
  const document = read('docs/logging.md');
  const section = (heading: string) => document.split(`\n## ${heading}\n`)[1]!.split('\n## ')[0]!;
  const firstColumn = (text: string) =>
    sorted([...text.matchAll(/^\| `([^`]+)`/gm)].map(([, name]) => name!));

  it('lists every event, and no other', () => {
    const events = sources.flatMap(({ text }) => [
      ...[...text.matchAll(/\bevent"?: ?['"]([^'"]+)['"]/g)].map(([, name]) => name!),
      ...[...text.matchAll(/\bthis\.log\('([^']+)'/g)].map(([, name]) => name!),
      // A recurring job is given the event of its failures.
      ...[...text.matchAll(/\bsuper\([\w.]+, '([a-z._]+)'/g)].map(([, name]) => name!),
    ]);
    expect(sorted(events).length).toBeGreaterThan(15);
    expect(firstColumn(section('Events'))).toEqual(sorted(events));
  });

  it('knows every way in which an event is named', () => {
    const unnamed = sources
      .flatMap(({ path, text }) =>
        [...text.matchAll(/\{[^{}]*\bevent(?:: (?!')|,)[^{}]*\}/g)].map(
          ([use]) => `${path}: ${use}`,
        ),
      )
      .filter(
        (use) =>
          !use.includes('calendar') &&
          !use.includes('this.failureEvent') &&
          !use.includes('event: string') &&
          // What detection has found is called an event as well, and is none of the log.
          !/isNews|webhook|: required|: repeated|data: event|\bkind\b/.test(use),
      );
    expect(unnamed).toEqual([]);
  });

  it('lists every field that a line may carry, and no other', () => {
    const source = read('libs/logging/src/logger/log-fields.ts');
    const list = /const ALLOWED\b[^=]*= ([^;]+);/.exec(source)![1]!;
    const fields = [...list.matchAll(/'([^']+)'/g)]
      .map(([, name]) => name!)
      .filter((name) => name !== 'fixed' && name !== 'free');
    expect(fields.length).toBeGreaterThan(20);
    expect(firstColumn(section('Fields of `metadata`'))).toEqual(sorted(fields));
  });

  it('knows every module whose level can be set', () => {
    // What runs in the gateway: the personal tools over HTTP are a process of their own.
    const inGateway = sources.filter(({ path }) => !path.includes('personal-tools/src/http/'));
    const contexts = inGateway.flatMap(({ text }) =>
      [...text.matchAll(/new Logger\((?:'(\w+)'|(\w+)\.name)\)/g)].map(
        ([, name, ofClass]) => name ?? ofClass!,
      ),
    );
    expect(sorted(contexts).length).toBeGreaterThan(30);
    const [, list] = /const LOG_MODULES = \[([^\]]+)\]/.exec(
      read('libs/logging/src/logger/log-modules.ts'),
    )!;
    const modules = [...list!.matchAll(/'(\w+)'/g)].map(([, name]) => name!);
    // The access log, and what the logger says of its own outputs.
    expect(modules).toEqual(sorted([...contexts, 'Requests', 'Logging']));
    const unnamed = inGateway.filter(({ text }) =>
      /new Logger\((?!'\w+'\)|\w+\.name\))/.test(text),
    );
    expect(unnamed.map(({ path }) => path)).toEqual([]);
  });

  it('lists every audited action, and no other', () => {
    const actions = [...read('test/e2e/routes.md').matchAll(/\| ([\w.]+) \|$/gm)].map(
      ([, name]) => name!,
    );
    // What happens outside of a call's own record: told by the code, not by a decorator.
    const told = sources.flatMap(({ text }) =>
      [
        ...text.matchAll(
          /(?:trail\.record\(\{\s*action:|audited\(app,|audited: \{ action:|const (?:REDACTED|RETIRED) =) '([^']+)'/g,
        ),
      ].map(([, name]) => name!),
    );
    expect(told.length).toBeGreaterThan(1);
    const decorators = sources.flatMap(({ text }) => [...text.matchAll(/^\s*@Audit\(/gm)]);
    expect(actions).toHaveLength(decorators.length);
    expect(firstColumn(section('Audit trail'))).toEqual(sorted([...actions, ...told]));
  });
});

describe('SECURITY.md', () => {
  it('promises an acknowledgement, an assessment and fixes by severity', () => {
    const text = read('SECURITY.md').replaceAll(/ +/g, ' ');
    for (const promise of [
      '24 hours',
      '3 days',
      'critical problem | 1 to 3 days',
      'high severity | 1 week',
      'medium severity | 2 weeks',
      'low severity | 1 month',
      'Report a vulnerability',
    ]) {
      expect(text).toContain(promise);
    }
  });

  it('says how soon components of others are replaced', () => {
    const [, section] = read('SECURITY.md').split('\n## Components of others\n');
    expect(section).toMatch(/within the times above/);
    expect(section).toMatch(/taken within a month/);
    const { updates } = parse(read('.github/dependabot.yml')) as {
      updates: readonly { schedule: { interval: string } }[];
    };
    expect(sorted(updates.map(({ schedule }) => schedule.interval))).toEqual(['weekly']);
  });
});
