import { CurrentUser, type Principal } from '@app/access';
import { ApiErrors, LimitedBy, type OwnAnswer } from '@app/security';
import { Controller, Get, Param } from '@nestjs/common';
import { ApiBearerAuth, ApiHeader, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { ChatErrorCode } from '../chat.error.js';
import { ApiCardFile } from './api-card-file.decorator.js';
import { AskedBytes } from './asked-bytes.decorator.js';
import type { FileRequest } from './card-file.answer.js';
import { CardFileParams } from './card-file.dto.js';
import { CardFileService } from './card-file.service.js';

@ApiTags('Chat')
@ApiBearerAuth()
@Controller('api/chat/files/:fileId')
export class CardFileController {
  constructor(private readonly files: CardFileService) {}

  @LimitedBy('files')
  @ApiOperation({
    operationId: 'getFile',
    summary: 'An image or another file that an answer shows',
  })
  @ApiHeader({ name: 'Range', description: 'One range of bytes.', schema: { type: 'string' } })
  @ApiHeader({ name: 'If-None-Match', schema: { type: 'string' } })
  @ApiCardFile()
  @ApiErrors<ChatErrorCode>('file_not_found')
  @Get()
  file(
    @CurrentUser() user: Principal,
    @Param() { fileId }: CardFileParams,
    @AskedBytes() request: FileRequest,
  ): Promise<OwnAnswer> {
    return this.files.send(user.accountId, fileId, request);
  }
}
