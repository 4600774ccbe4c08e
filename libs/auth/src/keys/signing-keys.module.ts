import { MikroOrmModule } from '@mikro-orm/nestjs';
import { Module } from '@nestjs/common';
import { ConfigModule } from '@nestjs/config';
import { authConfig } from '../auth.config.js';
import { PrincipalCache } from '../tokens/principal-cache.js';
import { KeyRotation } from './key-rotation.service.js';
import { SigningKey } from './signing-key.entity.js';
import { SigningKeys } from './signing-keys.service.js';

/** The keys of access tokens: enough for a command that rotates them, without the rest of the gateway. */
@Module({
  imports: [ConfigModule.forFeature(authConfig), MikroOrmModule.forFeature([SigningKey])],
  providers: [KeyRotation, PrincipalCache, SigningKeys],
  exports: [KeyRotation, PrincipalCache, SigningKeys],
})
export class SigningKeysModule {}
