import { plainToInstance } from 'class-transformer';
import { validate } from 'class-validator';
import { AuditExportQuery } from './administration.dto.js';

const refusedOf = async (query: object) =>
  (await validate(plainToInstance(AuditExportQuery, query))).map(({ property }) => property);

describe('the range of an export of the trail', () => {
  it.each(['2026-11-27T08:00:00Z', '2026-11-27T08:00+01:00', '2026-11-27T08:00:00.123Z'])(
    'may begin and end at %s',
    async (moment) => {
      expect(await refusedOf({ since: moment, until: moment })).toEqual([]);
    },
  );

  it.each(['2026-W48-5', '2026-W48-5T08:00:00Z', '1969-12-31T23:59:59Z', '2026-13-01T00:00:00Z'])(
    'has no %s, which would be another moment or none',
    async (moment) => {
      expect(await refusedOf({ since: moment, until: moment })).toEqual(['since', 'until']);
    },
  );
});
