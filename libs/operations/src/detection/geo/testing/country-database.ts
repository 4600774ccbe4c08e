/** An entry of a database: a network of IPv4 and the country that it is in. */
type Entry = readonly [network: string, country: string];

/** A node of the tree: where its two branches lead, to another node or to a country. */
type Branch = number | { readonly country: string } | undefined;

const MARKER = Buffer.from('\xab\xcd\xefMaxMind.com', 'latin1');

/** The zeros between the tree and the data. Bytes. */
const SEPARATOR_LENGTH = 16;

/** A database of countries in the format MMDB (version 2.0), with records of 24 bits. */
export function countryDatabase(entries: readonly Entry[]): Buffer {
  const nodes: [Branch, Branch][] = [[undefined, undefined]];
  for (const [network, country] of entries) insert(nodes, network, country);
  const offsets = new Map<string, number>();
  let data = Buffer.alloc(0);
  for (const [, country] of entries) {
    if (offsets.has(country)) continue;
    offsets.set(country, data.length);
    data = Buffer.concat([data, map({ country: map({ iso_code: text(country) }) })]);
  }
  const record = (branch: Branch): Buffer => {
    const value =
      branch === undefined
        ? nodes.length
        : typeof branch === 'number'
          ? branch
          : nodes.length + SEPARATOR_LENGTH + offsets.get(branch.country)!;
    return Buffer.from([value >> 16, (value >> 8) & 0xff, value & 0xff]);
  };
  const tree = Buffer.concat(nodes.flatMap((branches) => branches.map(record)));
  const metadata = map({
    binary_format_major_version: uint(2),
    binary_format_minor_version: uint(0),
    build_epoch: uint(1),
    database_type: text('GeoLite2-Country'),
    ip_version: uint(4),
    languages: Buffer.from([0x00, 0x04]),
    node_count: uint(nodes.length),
    record_size: uint(24),
    description: map({ en: text('of a test') }),
  });
  return Buffer.concat([tree, Buffer.alloc(SEPARATOR_LENGTH), data, MARKER, metadata]);
}

function insert(nodes: [Branch, Branch][], network: string, country: string): void {
  const [address = '', length = '32'] = network.split('/');
  const bits = address
    .split('.')
    .map((byte) => Number(byte).toString(2).padStart(8, '0'))
    .join('')
    .slice(0, Number(length));
  let at = 0;
  for (const [index, bit] of Array.from(bits).entries()) {
    const side = Number(bit) as 0 | 1;
    if (index === bits.length - 1) {
      nodes[at]![side] = { country };
      return;
    }
    const next = nodes[at]![side];
    if (typeof next === 'number') at = next;
    else {
      nodes.push([undefined, undefined]);
      at = nodes[at]![side] = nodes.length - 1;
    }
  }
}

function text(value: string): Buffer {
  return Buffer.concat([Buffer.from([(2 << 5) | value.length]), Buffer.from(value)]);
}

/** As uint32, of four bytes. */
function uint(value: number): Buffer {
  const bytes = Buffer.alloc(5);
  bytes[0] = (6 << 5) | 4;
  bytes.writeUInt32BE(value, 1);
  return bytes;
}

function map(fields: Readonly<Record<string, Buffer>>): Buffer {
  const entries = Object.entries(fields);
  const parts = entries.flatMap(([key, value]) => [text(key), value]);
  return Buffer.concat([Buffer.from([(7 << 5) | entries.length]), ...parts]);
}
