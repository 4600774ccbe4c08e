import { MikroOrmModule } from '@mikro-orm/nestjs';
import { Module } from '@nestjs/common';
import { ConfigModule } from '@nestjs/config';
import { KeyRotationService } from './key-rotation.service.js';
import { PrincipalCache } from './principal-cache.js';
import { SigningKey } from './signing-key.entity.js';
import { SigningKeyService } from './signing-key.service.js';
import { signingConfig } from './signing.config.js';

/** The keys of access tokens. Separate, so that the rotation command loads them without the rest of the gateway. */
@Module({
  imports: [ConfigModule.forFeature(signingConfig), MikroOrmModule.forFeature([SigningKey])],
  providers: [KeyRotationService, PrincipalCache, SigningKeyService],
  exports: [ConfigModule, KeyRotationService, PrincipalCache, SigningKeyService],
})
export class SigningKeysModule {}
