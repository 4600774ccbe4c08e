import { IsPlainText, trimmed } from '@app/security';
import { applyDecorators } from '@nestjs/common';
import { ApiPropertyOptional } from '@nestjs/swagger';
import { Transform } from 'class-transformer';
import { IsOptional, IsString } from 'class-validator';

/**
 * A text by which the app describes its device. It never makes a sign-in fail: it is truncated at a whole character,
 * and characters that cannot be stored are removed. A token changed by this is treated as unknown.
 */
function IsDeviceText(longest: number, example: { example?: string; description?: string }) {
  return applyDecorators(
    ApiPropertyOptional({ maxLength: longest, ...example }),
    IsOptional(),
    Transform(({ value }: { value: unknown }) =>
      typeof value === 'string' ? cut(trimmed(storable(value)), longest) : value,
    ),
    IsString(),
    IsPlainText(),
  );
}

/** Phones truncate their names within an emoji, which leaves an unpaired surrogate. */
function storable(text: string): string {
  return text.toWellFormed().replaceAll(/[\0\ufffd]/g, '');
}

function cut(text: string, longest: number): string {
  const splitsPair = /[\ud800-\udbff]/.test(text[longest - 1] ?? '');
  return text.slice(0, splitsPair && text.length > longest ? longest - 1 : longest);
}

/** The app's description of its device. It helps the owner recognize the device and is not trusted. */
export class DeviceDto {
  @IsDeviceText(60, { example: "Grace's phone" })
  name?: string;

  @IsDeviceText(40, { example: 'iOS 26.1' })
  platform?: string;

  @IsDeviceText(40, { example: '1.4.2' })
  appVersion?: string;

  @IsDeviceText(64, { description: 'The deviceToken of an earlier sign-in on this phone.' })
  token?: string;
}
