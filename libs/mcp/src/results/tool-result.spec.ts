import type { CallToolResult } from '@modelcontextprotocol/client';
import { toToolResult } from './tool-result.js';

const textOf = (result: CallToolResult) => toToolResult(result, 10_000).text;
const aText = (text: string): CallToolResult => ({ content: [{ type: 'text', text }] });

describe('toToolResult', () => {
  it('joins the text parts and describes the others', () => {
    const text = textOf({
      content: [
        { type: 'text', text: 'one' },
        { type: 'image', mimeType: 'image/png', data: 'A'.repeat(16_384) },
        { type: 'audio', mimeType: 'audio/wav', data: 'AAAA' },
        { type: 'resource', resource: { uri: 'note://1', text: 'inside' } },
        { type: 'resource', resource: { uri: 'note://2', mimeType: 'a/b', blob: 'AAAA' } },
        { type: 'resource_link', name: 'page', uri: 'https://example.com' },
        { type: 'text', text: 'two' },
      ],
    });
    expect(text.split('\n')).toEqual([
      'one',
      '[image image/png, 12 KB]',
      '[audio audio/wav, 3 bytes]',
      'inside',
      '[resource a/b, 3 bytes]',
      '[link page https://example.com]',
      'two',
    ]);
  });

  it('shows structured content only where there is no text', () => {
    expect(textOf({ content: [], structuredContent: { a: 1 } })).toBe('{"a":1}');
    expect(textOf({ ...aText('one'), structuredContent: { a: 1 } })).toBe('one');
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
    toToolResult(aText('\u001b]\u001b['.repeat(500_000)), 10_000_000);
    expect(performance.now() - start).toBeLessThan(1000);
  });

  it('measures bytes, not characters', () => {
    expect(toToolResult(aText('é'.repeat(50)), 100).text).toHaveLength(50);
    expect(() => toToolResult(aText('é'.repeat(51)), 100)).toThrow(
      expect.objectContaining({ code: 'mcp_result_too_large' }),
    );
  });
});
