import { readToolResult } from '../results/tool-result.js';
import { type ReadResource, withLinkedFiles } from './linked-files.js';

const MB = 1024 * 1024;

const linking = (...uris: readonly string[]) =>
  readToolResult({
    content: uris.map((uri, n) => ({ type: 'resource_link', uri, name: `file-${n}.txt` })),
  });
const links = (count: number) => Array.from({ length: count }, (_, n) => `notes://${n}`);
const text = (content: string) => ({ contents: [{ uri: 'notes://x', text: content }] });

describe('what a result links to', () => {
  const asked: string[] = [];
  beforeEach(() => asked.splice(0));

  const filesOf = async (result: ReturnType<typeof linking>, read: ReadResource) => {
    const { parts } = await withLinkedFiles(result, new AbortController().signal, (params, by) => {
      asked.push(params.uri);
      return read(params, by);
    });
    return parts.flatMap(({ file }) => file ?? []);
  };

  it('is read from the server that has named it, and from nowhere in the web', async () => {
    const result = linking('notes://1', 'https://example.com/x', 'HTTP://127.0.0.1/');
    expect(await filesOf(result, () => Promise.resolve(text('a,b')))).toHaveLength(1);
    expect(asked).toEqual(['notes://1']);
  });

  it('is no more than eight files, one after the other', async () => {
    let [open, most] = [0, 0];
    const files = await filesOf(linking(...links(100)), async () => {
      open += 1;
      most = Math.max(most, open);
      await Promise.resolve();
      open -= 1;
      return text('a');
    });
    expect([files.length, asked.length, most]).toEqual([8, 8, 1]);
  });

  it('is no more than what a result may have in files', async () => {
    const files = await filesOf(linking(...links(8)), () =>
      Promise.resolve(text('a'.repeat(2.5 * MB))),
    );
    // The last one begins below eight megabytes.
    expect(files).toHaveLength(4);
    expect(asked).toHaveLength(4);
  });

  it('is not waited for when the call is over, and costs the result nothing', async () => {
    const caller = new AbortController();
    const never: ReadResource = (_, { signal }) => {
      caller.abort();
      return new Promise((_resolve, reject) => {
        if (signal.aborted) reject(signal.reason as Error);
      });
    };
    const { parts } = await withLinkedFiles(linking(...links(3)), caller.signal, never);
    expect(parts.map(({ text: note }) => note)).toEqual(
      links(3).map((uri) => expect.stringContaining(uri) as string),
    );
  });

  it.each<[string, unknown]>([
    ['nothing', undefined],
    ['null', null],
    ['no contents', {}],
    ['contents of none', { contents: [null, 7, {}] }],
    ['an empty text', { contents: [{ text: '' }] }],
  ])('stays a note where the server has %s', async (_title, given) => {
    expect(await filesOf(linking('notes://1'), () => Promise.resolve(given))).toEqual([]);
  });

  it('stays a note where the server refuses', async () => {
    const refuse = () => Promise.reject(new Error('Resource not found'));
    expect(await filesOf(linking('notes://1', 'notes://2'), refuse)).toEqual([]);
    expect(asked).toHaveLength(2);
  });
});
