import { SessionActivityService } from '@app/auth';
import { addressMatcher } from '@app/security';
import { Inject, Injectable, Logger } from '@nestjs/common';
import type { ConfigType } from '@nestjs/config';
import { BlockListService } from '../blocks/block-list.service.js';
import { BlockService, MAX_AUTOMATIC_BLOCKS } from '../blocks/block.service.js';
import type { SecurityEventView } from '../events/security-event.view.js';
import { SecurityEventService } from '../events/security-event.service.js';
import { detectionConfig } from './settings/detection.config.js';

/**
 * With so many accounts around an address it is that of an office, a carrier or a proxy. Limits on sign-ins hold for it all
 * the same; what a block would add is to lock the others out.
 */
const SHARED_FROM_ACCOUNTS = 3;

/** No client of the internet has one: it is a proxy that `TRUST_PROXY` does not name, and carries all calls. */
const INSIDE = [
  '10.0.0.0/8',
  '172.16.0.0/12',
  '192.168.0.0/16',
  '100.64.0.0/10',
  '169.254.0.0/16',
  '127.0.0.0/8',
  '::1',
  'fe80::/10',
  'fc00::/7',
];

/** Blocks addresses for a time, and leaves those alone that are not the attacker's alone. */
@Injectable()
export class AddressContainmentService {
  private readonly log = new Logger('Detection');
  private readonly isSpared: (ip: string) => boolean;

  constructor(
    private readonly events: SecurityEventService,
    private readonly blocks: BlockService,
    private readonly list: BlockListService,
    private readonly activity: SessionActivityService,
    @Inject(detectionConfig.KEY) private readonly config: ConfigType<typeof detectionConfig>,
  ) {
    this.isSpared = addressMatcher([...INSIDE, ...config.spared]);
  }

  /** Of an event whose finding says that its address may be blocked. */
  async contain(event: SecurityEventView): Promise<void> {
    const { id, address, containment, containedUntil } = event;
    const { blockDuration } = this.config;
    if (address === null || blockDuration === 0) return;
    const isDecided = containment !== null && containment !== 'blocked';
    if (isDecided || (containedUntil !== null && Date.parse(containedUntil) > Date.now())) return;
    const ip = address.split('/')[0]!;
    if (this.isSpared(ip)) return this.events.noteContainment(id, 'spared');
    if ((await this.activity.accountsNear(ip, SHARED_FROM_ACCOUNTS)) >= SHARED_FROM_ACCOUNTS) {
      return this.events.noteContainment(id, 'shared');
    }
    const until = new Date(Date.now() + blockDuration);
    if (await this.events.claimContainment(id, until)) await this.block(event, address);
  }

  private async block({ id, rule }: SecurityEventView, network: string): Promise<void> {
    const durationMs = this.config.blockDuration;
    try {
      const wanted = { network, reason: `Detected: ${rule}, event ${id}`, durationMs };
      await this.blocks.add(wanted, undefined, undefined, MAX_AUTOMATIC_BLOCKS);
    } catch (error) {
      const { code } = error as { code?: unknown };
      this.log.warn({ event: 'detection.unblocked', ip: network, reason: String(code) });
      return this.events.noteContainment(id, 'failed');
    }
    this.log.warn({ event: 'detection.blocked', ip: network, action: rule });
    this.list.request();
  }
}
