import { CurrentUser, type Principal } from '@app/access';
import { ApiEnvelope } from '@app/security';
import { Controller, Get, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiTags } from '@nestjs/swagger';
import { pageOf } from '../conversations/page.js';
import { SearchQuery } from './search.dto.js';
import { SearchService } from './search.service.js';
import { SearchView } from './search.view.js';

@ApiTags('Chat')
@ApiBearerAuth()
@Controller('api/chat/search')
export class SearchController {
  constructor(private readonly searches: SearchService) {}

  @ApiOperation({
    operationId: 'searchMessages',
    summary: 'Search your messages, their answers and the titles of your conversations',
  })
  @ApiEnvelope(200, SearchView)
  @Get()
  search(@CurrentUser() user: Principal, @Query() query: SearchQuery): Promise<SearchView> {
    return this.searches.search(user.accountId, query.q, pageOf(query, 'hit'));
  }
}
