import {
  booleanVariable,
  choiceVariable,
  ConfigurationError,
  durationOf,
  durationVariable,
  hostVariable,
  integerVariable,
  optionalDurationVariable,
  originsVariable,
  parseEnvironment,
  portVariable,
  publicUrlVariable,
  type Variable,
} from './index.js';

const read = (kind: Variable, text: string, name = 'VARIABLE') =>
  parseEnvironment<Record<string, unknown>>({ [name]: kind }, { [name]: text })[name];

/** The line that an operator reads, if it is a refusal and one line. */
function reasonAgainst(kind: Variable, text: string): string {
  try {
    read(kind, text);
  } catch (error) {
    if (error instanceof ConfigurationError && !error.message.includes('\n')) return error.message;
    throw error;
  }
  return 'taken';
}

describe('a switch', () => {
  it.each(['true', 'TRUE', '1', 'yes', 'Yes', 'on', ' true ', 'true\r', '"true"', "'1'"])(
    'is on with %j',
    (text) => expect(read(booleanVariable(false), text)).toBe(true),
  );

  it.each(['false', 'FALSE', '0', 'no', 'off', 'Off\r\n'])('is off with %j', (text) =>
    expect(read(booleanVariable(true), text)).toBe(false),
  );

  it.each(['', '  ', '""', '\r'])('keeps its default with %j', (text) =>
    expect(read(booleanVariable(true), text)).toBe(true),
  );

  it.each(['2', 'enabled', 'tru', 'null', 'y e s'])('refuses %j and says what is legal', (text) =>
    expect(reasonAgainst(booleanVariable(true), text)).toMatch(/VARIABLE must be true or false/),
  );
});

describe('a number', () => {
  it.each([
    [' 3000', 3000],
    ['3000\r', 3000],
    ['"3000"', 3000],
    ['0080', 80],
  ])('reads %j', (text, value) => expect(read(portVariable(1), text)).toBe(value));

  it.each([
    '1e3',
    '0x10',
    '1_000',
    '1,000',
    '3.5',
    '3.0',
    '-1',
    '+1',
    '65536',
    'NaN',
    'Infinity',
    '٣',
  ])('refuses %j and says what is legal', (text) =>
    expect(reasonAgainst(portVariable(1), text)).toMatch(
      /VARIABLE must be a whole number from 0 to 65535/,
    ),
  );

  it.each(['tcp://10.0.0.1:3100', 'udp://10.0.0.1:3100', 'tcp://[fd00::1]:3100'])(
    'takes %s, which Kubernetes sets for a service of that name, for absent',
    (text) => {
      for (const name of ['PORT', 'PERSONAL_TOOLS_PORT', 'REDIS_PORT']) {
        expect(read(portVariable(3100), text, name)).toBe(3100);
      }
      expect(reasonAgainst(integerVariable(1, { min: 0, max: 9 }), text)).toMatch(/VARIABLE/);
    },
  );
});

describe('a choice', () => {
  const level = () => choiceVariable(['info', 'warn'], 'info');

  it.each(['INFO', 'info', ' Info ', 'info\r'])('reads %j', (text) =>
    expect(read(level(), text)).toBe('info'),
  );

  it('names the choices where it is none of them', () => {
    expect(reasonAgainst(level(), 'loud')).toMatch(/VARIABLE must be one of info, warn$/);
  });
});

describe('a duration', () => {
  const idle = () => durationVariable('30d', { min: '5m', max: '90d' });

  it.each(['30d', '30D', '30 d', ' 30 days', '2592000s', '720h', '43200 min', '2592000 seconds'])(
    'reads %j as thirty days',
    (text) => expect(durationOf(read(idle(), text) as string)).toBe(2_592_000_000),
  );

  it('reads a zero without a unit, and weeks', () => {
    const grace = durationVariable('7d', { min: '0s', max: '30d' });
    expect(durationOf(read(grace, '0') as string)).toBe(0);
    expect(read(grace, '1w')).toBe('1w');
  });

  it('may be left out where it says so, and is milliseconds then', () => {
    const kept = optionalDurationVariable('400d', { min: '1d', max: '36500d' });
    expect(read(kept, '')).toBeUndefined();
    expect(read(kept, '2d')).toBe(172_800_000);
    expect(reasonAgainst(kept, '23h')).toMatch(
      /VARIABLE must be a duration from 1d to 36500d: a number and s, m, h, d or w, such as 400d/,
    );
  });

  // A month is no fixed time, and an M alone could be one.
  it.each([
    'P30D',
    'PT15M',
    '30',
    '30M',
    '1 month',
    '1.5d',
    '-5m',
    '4m',
    '91d',
    '5 mm',
    'd',
    '1e3s',
  ])('refuses %j and says what is legal', (text) =>
    expect(reasonAgainst(idle(), text)).toMatch(
      /VARIABLE must be a duration from 5m to 90d: a number and s, m, h, d or w, such as 30d/,
    ),
  );
});

describe('origins', () => {
  it.each([
    ['capacitor://localhost', 'capacitor://localhost'],
    ['ionic://localhost', 'ionic://localhost'],
    ['app://localhost', 'app://localhost'],
    ['app://.', 'app://.'],
    ['tauri://localhost', 'tauri://localhost'],
    ['Tauri://LOCALHOST/', 'tauri://localhost'],
    ['http://tauri.localhost', 'http://tauri.localhost'],
    ['http://localhost:8100', 'http://localhost:8100'],
    ['https://app.example.org:443', 'https://app.example.org'],
    ['http://app.example.org:80/', 'http://app.example.org'],
    ['http://app.example.org:443', 'http://app.example.org:443'],
    ['HTTPS://App.Example.ORG/', 'https://app.example.org'],
    ['https://bücher.example', 'https://xn--bcher-kva.example'],
    ['https://[2001:DB8:0:0::1]:443', 'https://[2001:db8::1]'],
    ['chrome-extension://abcdefghijklmnop', 'chrome-extension://abcdefghijklmnop'],
  ])('writes %s as browsers send it', (text, origin) =>
    expect(read(originsVariable(), text)).toEqual([origin]),
  );

  it('reads a list with spaces, an empty entry and one that is there twice', () => {
    const list = ' https://a.example , , https://A.example/,capacitor://localhost,';
    expect(read(originsVariable(), list)).toEqual(['https://a.example', 'capacitor://localhost']);
  });

  it.each([
    '*',
    'null',
    'https://*',
    'https://*.example.org',
    'app.example.org',
    'localhost:8100',
    'https:app.example.org',
    'https:/app.example.org',
    'https://app.example.org/path',
    'https://app.example.org//',
    'https://app.example.org?',
    'https://app.example.org#x',
    'https://user@app.example.org',
    'https://app.example.org\\x',
    'https://a.example https://b.example',
    'https://a.example;https://b.example',
    'https://app.example.org:99999',
    'file:///',
    'file://localhost',
    'app://',
    'data:text/html,x',
    'javascript://x',
    'wss://app.example.org',
    'https://',
    'https://exa mple.org',
  ])('refuses %s and says what is legal', (text) =>
    expect(reasonAgainst(originsVariable(), text)).toMatch(
      /VARIABLE must list origins such as .* \(entry \d is none\)$/,
    ),
  );
});

describe('the public address', () => {
  it.each([
    ['https://h.example', 'https://h.example'],
    ['https://h.example/', 'https://h.example'],
    ['https://h.example/gw', 'https://h.example/gw'],
    ['HTTPS://H.Example:443/gw//', 'https://h.example/gw'],
    ['http://localhost:3000/a/b', 'http://localhost:3000/a/b'],
    ['https://bücher.example/ä', 'https://xn--bcher-kva.example/%C3%A4'],
    ['https://h.example/x/../gw', 'https://h.example/gw'],
  ])('reads %s as %s', (text, address) => expect(read(publicUrlVariable(), text)).toBe(address));

  it.each([
    'h.example',
    'ftp://h.example',
    'https://h.example?x',
    'https://u:p@h.example',
    'https://*.example',
    'https://',
    'https://h.example:0x50',
  ])('refuses %s and says what is legal', (text) =>
    expect(reasonAgainst(publicUrlVariable(), text)).toMatch(/VARIABLE must be an address such as/),
  );
});

describe('an address to listen on', () => {
  it.each(['127.0.0.1', '0.0.0.0', '::', '::1', 'localhost', 'host.internal'])('reads %s', (text) =>
    expect(read(hostVariable('x'), text)).toBe(text),
  );

  it('may have the brackets that it has in an address', () => {
    expect(read(hostVariable('x'), '[::]')).toBe('::');
  });

  it.each(['http://localhost', 'a b', '127.0.0.1:3000'])('refuses %s', (text) =>
    expect(reasonAgainst(hostVariable('x'), text)).toMatch(/VARIABLE must be/),
  );
});
