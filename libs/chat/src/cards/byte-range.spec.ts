import { byteRange } from './byte-range.js';

describe('byteRange', () => {
  it.each([
    [undefined, 'whole'],
    ['', 'whole'],
    ['bytes=-', 'whole'],
    ['bytes=1-2,4-5', 'whole'],
    ['bytes=5-2', 'whole'],
    ['bytes=99999999999999999-', 'whole'],
    ['items=0-1', 'whole'],
    ['bytes=0-', { from: 0, to: 9 }],
    ['BYTES=3-4', { from: 3, to: 4 }],
    ['bytes=9-9', { from: 9, to: 9 }],
    ['bytes=3-99', { from: 3, to: 9 }],
    ['bytes=-3', { from: 7, to: 9 }],
    ['bytes=-99', { from: 0, to: 9 }],
    ['bytes=-0', 'none'],
    ['bytes=10-', 'none'],
    ['bytes=10-20', 'none'],
  ])('of ten bytes reads %j as %j', (header, range) => {
    expect(byteRange(header, 10)).toEqual(range);
  });
});
