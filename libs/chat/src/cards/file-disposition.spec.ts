import { fileDisposition } from './file-disposition.js';

describe('the name of a file', () => {
  const dispositionOf = (title: string) =>
    fileDisposition('attachment', { title, plain: 'conversation', extension: 'md' });
  const nameOf = (title: string) =>
    decodeURIComponent(/filename\*=UTF-8''(\S+)$/.exec(dispositionOf(title))![1]!);

  it.each([
    ['Shopping list', 'Shopping list.md'],
    ['買い物', '買い物.md'],
    ['../../etc/passwd', 'etc passwd.md'],
    ['C:\\a|b?', 'C a b.md'],
    ['a"; filename=evil.html', 'a ; filename=evil.html.md'],
    ['a\r\nSet-Cookie: x=1', 'a Set-Cookie x=1.md'],
    ['invoice\u202efdp.exe', 'invoice fdp.exe.md'],
    ['50% off', '50 off.md'],
    ['...', 'conversation.md'],
    ['', 'conversation.md'],
    ['\ud800', '\ufffd.md'],
    ['x'.repeat(200), `${'x'.repeat(60)}.md`],
  ])('is safe for %j', (title, name) => {
    expect(nameOf(title)).toBe(name);
    expect(dispositionOf(title)).toMatch(
      /^attachment; filename="conversation\.md"; filename\*=UTF-8''[\w.~%+-]+$/,
    );
  });
});
