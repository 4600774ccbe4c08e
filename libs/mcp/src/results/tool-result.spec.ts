import type { CallToolResult } from '@modelcontextprotocol/client';
import { MAX_FILES } from './result-files.js';
import { readToolResult, toToolResult } from './tool-result.js';

const textOf = (result: CallToolResult) => toToolResult(readToolResult(result), 10_000).text;
const resultOf = (content: readonly unknown[]) => toToolResult(readToolResult({ content }), 10_000);
/** Its media type is a lie. */
const PNG_PART = {
  type: 'image',
  name: 'cat',
  mimeType: 'image/svg+xml',
  data: Buffer.from('\x89PNG\r\n\x1a\n\0\0\0\0', 'latin1').toString('base64'),
};
const aText = (text: string): CallToolResult => ({ content: [{ type: 'text', text }] });

describe('toToolResult', () => {
  it('joins the text parts and describes the others', () => {
    const text = textOf({
      content: [
        { type: 'text', text: 'one' },
        { type: 'image', mimeType: 'image/png', data: 'A'.repeat(16_384) },
        { type: 'audio', mimeType: 'audio/wav', data: 'AAAA' },
        { type: 'resource', resource: { uri: 'note://1', text: 'inside' } },
        { type: 'resource', resource: { uri: 'note://2', mimeType: 'a/b', blob: '<' } },
        { type: 'resource_link', name: 'page', uri: 'https://example.com' },
        { type: 'text', text: 'two' },
      ],
    });
    expect(text.split('\n')).toEqual([
      'one',
      '[image image/png, 12 KB]',
      '[audio audio/wav, 3 bytes]',
      'inside',
      '[resource a/b, 0 bytes]',
      '[link page https://example.com]',
      'two',
    ]);
  });

  it('shows structured content only where there is no text', () => {
    expect(textOf({ content: [], structuredContent: { a: 1 } })).toBe('{"a":1}');
    expect(textOf({ ...aText('one'), structuredContent: { a: 1 } })).toBe('one');
  });

  it('hands files over and tells a model of them', () => {
    expect(resultOf([PNG_PART, { type: 'text', text: 'a cat' }])).toEqual({
      text: 'a cat',
      modelText: '[image/png "cat.png", shown to the person]\na cat',
      isError: false,
      files: [expect.objectContaining({ name: 'cat.png', mediaType: 'image/png' })],
    });
  });

  it('hands over the files of a failure', () => {
    const { text, isError, files } = toToolResult(
      readToolResult({ content: [PNG_PART], isError: true }),
      10_000,
    );
    expect([text, isError, files?.length]).toEqual([
      'The tool failed, and did not say why.',
      true,
      1,
    ]);
  });

  it('tells people and models what is meant for them', () => {
    const annotated = (text: string, audience: unknown) => ({
      type: 'text',
      text,
      annotations: { audience },
    });
    const parts = [
      annotated('person', ['user']),
      annotated('model', ['assistant']),
      annotated('both', ['assistant', 'user']),
      annotated('all', []),
      annotated('odd', 'all'),
      { ...PNG_PART, annotations: { audience: ['assistant'] } },
    ];
    expect(resultOf(parts)).toEqual({
      text: 'person\nboth\nall\nodd',
      modelText: `model\nboth\nall\nodd\n[image image/svg+xml, 12 bytes]`,
      isPartlyPrivate: true,
      isError: false,
    });
  });

  it('tells a model that there is something for the person alone', () => {
    const text = { type: 'text', text: 'secret', annotations: { audience: 'user' } };
    expect(resultOf([text])).toEqual({
      text: 'secret',
      modelText: '[This is for the person alone, who sees it.]',
      isPartlyPrivate: true,
      isError: false,
    });
  });

  it('keeps a result of a thousand images, and as many of them as one may have', () => {
    const { text, files } = resultOf(Array<object>(1_000).fill(PNG_PART));
    expect(files).toHaveLength(MAX_FILES);
    expect(text).toBe('[984 more files are left out: it would be too much at once]');
  });

  it('keeps tabs, line ends and emoji', () => {
    expect(textOf(aText('a\tb\r\nc\rd 👩‍👧 é'))).toBe('a\tb\nc\nd 👩‍👧 é');
  });

  it.each([
    ['NUL and other control characters', 'a\u0000\u0007\u009b\u007fb', 'ab'],
    ['colours', '\u001b[1;31mred\u001b[0m', 'red'],
    ['links of a terminal', '\u001b]8;;http://evil\u0007text\u001b]8;;\u001b\\', 'text'],
    ['an unfinished escape', 'a\u001b]0;title', 'a0;title'],
    ['text that runs backwards', 'a\u202eb\u2066c\u2069', 'abc'],
    ['text hidden in tags', 'a\u{e0041}\u{e0042}', 'a'],
    ['half of a character', 'a\ud800b', 'a\ufffdb'],
  ])('removes %s', (_title, given, expected) => {
    expect(textOf(aText(given))).toBe(expected);
  });

  it('cleans megabytes of escapes in linear time', () => {
    const start = performance.now();
    toToolResult(readToolResult(aText('\u001b]\u001b['.repeat(500_000))), 10_000_000);
    expect(performance.now() - start).toBeLessThan(1000);
  });

  it('measures bytes, not characters', () => {
    expect(toToolResult(readToolResult(aText('é'.repeat(50))), 100).text).toHaveLength(50);
    expect(() => toToolResult(readToolResult(aText('é'.repeat(51))), 100)).toThrow(
      expect.objectContaining({ code: 'mcp_result_too_large' }),
    );
  });
});
