import { httpConfig } from '@app/security';
import { Inject, Injectable } from '@nestjs/common';
import type { ConfigType } from '@nestjs/config';
import { describeClient } from '../oauth/client-identity.js';
import { gatewayAddresses } from './gateway-addresses.js';

/** What authorization servers read of this gateway (draft-ietf-oauth-client-id-metadata-document). */
@Injectable()
export class ClientDocument {
  readonly content: object;

  constructor(@Inject(httpConfig.KEY) http: ConfigType<typeof httpConfig>) {
    const addresses = gatewayAddresses(http);
    const { documentUrl } = addresses;
    // A client is what its id names: without an address of its own the document names none.
    this.content = {
      ...(documentUrl !== undefined && { client_id: documentUrl }),
      ...describeClient(addresses),
    };
  }
}
