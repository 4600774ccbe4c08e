import { readFilePart } from './read-file-part.js';

const PNG = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64',
);
const bytes = (...parts: (string | number[])[]) =>
  Buffer.concat(
    parts.map((part) =>
      typeof part === 'string' ? Buffer.from(part, 'latin1') : Buffer.from(part),
    ),
  );
const read = (data: unknown, names: unknown[] = [], isMedia = true) =>
  readFilePart({ data, names, isMedia });
const typeOf = (content: Buffer, isMedia = true) =>
  read(content.toString('base64'), [], isMedia)?.mediaType;

describe('readFilePart', () => {
  it.each([
    ['plain base64', PNG.toString('base64')],
    ['base64url without padding', PNG.toString('base64url')],
    ['lines', PNG.toString('base64').replace(/(.{20})/g, '$1\r\n')],
    ['a data URI', `data:image/gif;charset=x;base64,${PNG.toString('base64')}`],
  ])('reads %s', (_title, data) => {
    expect(read(data)).toEqual({
      name: 'image.png',
      mediaType: 'image/png',
      bytes: PNG,
      width: 1,
      height: 1,
    });
  });

  it.each([
    ['nothing', undefined],
    ['no text', 17],
    ['empty data', ''],
    ['another alphabet', '<html>'],
    ['garbage that is no image', 'AAAA'],
    ['a text that is no image', Buffer.from('hello').toString('base64')],
  ])('makes no file of %s', (_title, data) => {
    expect(read(data)).toBeUndefined();
  });

  it.each([
    ['image/jpeg', bytes([0xff, 0xd8, 0xff, 0xe0])],
    ['image/gif', bytes('GIF89a', [2, 0, 3, 0])],
    ['image/webp', bytes('RIFF', [0, 0, 0, 0], 'WEBPVP8L')],
    ['image/avif', bytes([0, 0, 0, 32], 'ftypavif')],
    ['audio/wav', bytes('RIFF', [0, 0, 0, 0], 'WAVE')],
    ['audio/mpeg', bytes('ID3')],
    ['audio/ogg', bytes('OggS')],
    ['audio/flac', bytes('fLaC')],
    ['audio/mp4', bytes([0, 0, 0, 32], 'ftypM4A ')],
  ])('knows %s by its bytes', (mediaType, content) => {
    expect(typeOf(content)).toBe(mediaType);
  });

  it.each([
    ['an SVG with a script', '<svg xmlns="http://www.w3.org/2000/svg"><script>x</script></svg>'],
    ['HTML behind white space', ' \n\t<!doctype html><script>x</script>'],
    ['HTML behind a byte order mark', '\ufeff<html>'],
    ['XML', '<?xml version="1.0"?><svg/>'],
  ])('makes %s a file of no type', (_title, text) => {
    const content = Buffer.from(text);
    expect(typeOf(content)).toBe('application/octet-stream');
    expect(typeOf(content, false)).toBe('application/octet-stream');
  });

  it('takes a resource for what its bytes are', () => {
    expect(typeOf(bytes('%PDF-1.7 <script>'), false)).toBe('application/pdf');
    expect(typeOf(Buffer.from('a,b\n1,2\n'), false)).toBe('text/plain; charset=utf-8');
    expect(typeOf(bytes([0, 1, 2]), false)).toBe('application/octet-stream');
  });

  it('takes a polyglot for the type that it begins as', () => {
    expect(typeOf(bytes('GIF89a', [1, 0, 1, 0], '/*<script>alert(1)</script>*/'))).toBe(
      'image/gif',
    );
  });

  it.each([
    ['a GIF', bytes('GIF89a', [2, 0, 3, 0]), 2, 3],
    ['a lossy WebP', webp('VP8 ', [0, 0, 0, 0x9d, 1, 0x2a, 2, 0, 3, 0]), 2, 3],
    ['a lossless WebP', webp('VP8L', [0x2f, 1, 0x80, 0, 0]), 2, 3],
    ['an extended WebP', webp('VP8X', [0, 0, 0, 0, 1, 0, 0, 2, 0, 0]), 2, 3],
    ['a JPEG', bytes([0xff, 0xd8, 0xff, 0xe0, 0, 3, 9, 0xff, 0xc2, 0, 9, 8, 0, 3, 0, 2]), 2, 3],
    [
      'a PNG of no size',
      bytes('\x89PNG\r\n\x1a\n', Array<number>(16).fill(0)),
      undefined,
      undefined,
    ],
    ['a cut JPEG', bytes([0xff, 0xd8, 0xff, 0xe0, 0, 200]), undefined, undefined],
  ])('tells the size of %s', (_title, content, width, height) => {
    const file = read(content.toString('base64'));
    expect([file?.width, file?.height]).toEqual([width, height]);
  });

  it.each([
    ['cat.png', 'cat.png'],
    ['cat.JPG', 'cat.JPG.png'],
    ['page.html', 'page.html.png'],
    ['../../etc/passwd', 'passwd.png'],
    ['C:\\Users\\me\\cat.png', 'cat.png'],
    ['file:///home/me/my%20cat.png?x=/secret#y', 'my cat.png'],
    ['demo://images/cat.png', 'cat.png'],
    ['a\r\nSet-Cookie: x=y', 'a Set-Cookie x=y.png'],
    ['cat\u202egnp.exe', 'cat gnp.exe.png'],
    ['"; filename=x', '; filename=x.png'],
    ['...', 'image.png'],
    [`${'x'.repeat(200)}.png`, `${'x'.repeat(96)}.png`],
    [17, 'image.png'],
  ])('names a file that a server calls %j', (given, name) => {
    expect(read(PNG.toString('base64'), [given])?.name).toBe(name);
  });

  it('reads megabytes in linear time, whatever they are', () => {
    const start = performance.now();
    for (const data of [
      ' '.repeat(3_000_000) + '<',
      '='.repeat(3_000_000) + '<',
      'data:'.repeat(600_000),
    ]) {
      expect(read(data)).toBeUndefined();
    }
    expect(performance.now() - start).toBeLessThan(1_000);
  });
});

function webp(kind: string, content: number[]): Buffer {
  return bytes('RIFF', [0, 0, 0, 0], 'WEBP', kind, [0, 0, 0, 0], content);
}
