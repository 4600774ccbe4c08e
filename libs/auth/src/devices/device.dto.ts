import { IsPlainText } from '@app/security';
import { ApiPropertyOptional } from '@nestjs/swagger';
import { IsOptional, IsString, Length } from 'class-validator';

/** What the app tells of the phone it runs on: for its owner to recognize it by, not for us to trust. */
export class DeviceDto {
  @ApiPropertyOptional({ maxLength: 60, example: "Ada's phone" })
  @IsOptional()
  @IsString()
  @IsPlainText()
  @Length(1, 60)
  name?: string;

  @ApiPropertyOptional({ maxLength: 40, example: 'iOS 26.1' })
  @IsOptional()
  @IsString()
  @IsPlainText()
  @Length(1, 40)
  platform?: string;

  @ApiPropertyOptional({ maxLength: 40, example: '1.4.2' })
  @IsOptional()
  @IsString()
  @IsPlainText()
  @Length(1, 40)
  appVersion?: string;

  @ApiPropertyOptional({
    maxLength: 64,
    description: 'The deviceToken of an earlier sign-in on this phone.',
  })
  @IsOptional()
  @IsString()
  @IsPlainText()
  @Length(1, 64)
  token?: string;
}
