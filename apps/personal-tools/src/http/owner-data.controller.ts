import { SecureDeleteService } from '@app/persistence';
import {
  Controller,
  Delete,
  Get,
  Header,
  HttpCode,
  Req,
  ServiceUnavailableException,
  UseGuards,
} from '@nestjs/common';
import type { AuthInfo } from '@modelcontextprotocol/server';
import type { FastifyRequest } from 'fastify';
import { type OwnersData, PersonalToolsData } from '../server/personal-tools.data.js';
import { GatewayGuard } from './gateway.guard.js';
import { ownerOf } from './owner.js';

/** What no tool does: hands out everything of one owner, and erases it. For the gateway, like the tools. */
@Controller('owner-data')
@UseGuards(GatewayGuard)
export class OwnerDataController {
  constructor(
    private readonly data: PersonalToolsData,
    private readonly secureDelete: SecureDeleteService,
  ) {}

  @Header('Cache-Control', 'no-store')
  @Get()
  async read(@Req() request: FastifyRequest): Promise<Record<keyof OwnersData, object[]>> {
    const { notes, tasks, events } = await this.data.exportOf(ownerOfRequest(request));
    return {
      notes: await all(notes),
      tasks: await all(tasks),
      events: await all(events),
    };
  }

  /** 503 while traces of what was deleted can still be found in the file of an embedded database: ask again. */
  @HttpCode(204)
  @Delete()
  async erase(@Req() request: FastifyRequest): Promise<void> {
    await this.data.erase(ownerOfRequest(request));
    if (!(await this.secureDelete.run())) throw new ServiceUnavailableException();
  }
}

/** The database compares ids as text, in which an upper-case UUID would be someone else. */
function ownerOfRequest({ raw }: FastifyRequest): string {
  return ownerOf({ authInfo: (raw as { auth?: AuthInfo }).auth }).toLowerCase();
}

async function all(rows: AsyncIterable<object>): Promise<object[]> {
  const found: object[] = [];
  for await (const row of rows) found.push(row);
  return found;
}
