import { IsId } from '@app/security';

export class CardFileParams {
  @IsId()
  fileId!: string;
}
