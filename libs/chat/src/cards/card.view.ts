import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';

export class CardFileView {
  @ApiProperty({ format: 'uuid' })
  id!: string;

  @ApiProperty({
    example: '/api/chat/files/019abf3e-7c51-7d6c-b6e5-7a6f6c0f4a11',
    description: 'The address of the file. Only its owner can get it, with the access token.',
  })
  url!: string;

  @ApiProperty({
    example: 'image/png',
    description:
      'Determined from the content. Types that are not safe to display are application/octet-stream.',
  })
  mediaType!: string;

  @ApiProperty({ example: 'chart.png' })
  name!: string;

  @ApiProperty({ type: 'integer', minimum: 1 })
  sizeBytes!: number;

  @ApiPropertyOptional({
    type: 'integer',
    minimum: 1,
    description: 'The width of an image. Pixels.',
  })
  width?: number;

  @ApiPropertyOptional({ type: 'integer', minimum: 1 })
  height?: number;
}

export class CardView {
  @ApiProperty({ example: '1', description: 'Unique within the run.' })
  callId!: string;

  @ApiProperty({ example: 'Draw a chart', description: 'What the tool does.' })
  title!: string;

  @ApiProperty({ description: 'The text of the result; may be empty.' })
  text!: string;

  @ApiPropertyOptional({ description: 'True if the text was truncated; otherwise absent.' })
  isCut?: true;

  @ApiProperty({ type: [CardFileView] })
  files!: CardFileView[];
}

/** A file as it is stored. */
export interface CardFileRecord {
  readonly id: string;
  readonly name: string;
  readonly mediaType: string;
  readonly sizeBytes: number;
  readonly width?: number | null | undefined;
  readonly height?: number | null | undefined;
}

/** In front of the id of a file. */
export const FILES_PATH = '/api/chat/files/';

export function toCardFileView(file: CardFileRecord): CardFileView {
  const { id, name, mediaType, sizeBytes, width, height } = file;
  return {
    id,
    url: FILES_PATH + id,
    mediaType,
    name,
    sizeBytes,
    ...(width && height ? { width, height } : {}),
  };
}

/** A card as it is stored. */
export interface CardRecord {
  readonly callId: string;
  readonly title: string;
  readonly text: string;
  readonly isCut: boolean | number;
}

export function toCardView(card: CardRecord, files: readonly CardFileRecord[]): CardView {
  const { callId, title, text, isCut } = card;
  return {
    callId,
    title,
    text,
    ...(isCut ? { isCut: true } : {}),
    files: files.map(toCardFileView),
  };
}
