import { Mailer } from '@app/mail';
import { RecurringJob } from '@app/persistence';
import { Inject, Injectable, Logger } from '@nestjs/common';
import type { ConfigType } from '@nestjs/config';
import type { SecurityEventView } from '../events/security-event.view.js';
import { SecurityEventService } from '../events/security-event.service.js';
import { alertConfig } from './alert.config.js';
import { alertMail } from './alert.mail.js';
import { DeliveryError } from './delivery.error.js';
import { type Channel, CHANNELS } from './notification.entity.js';
import { type LeasedNotification, NotificationService } from './notification.service.js';
import { WebhookSender } from './webhook.sender.js';

/** How often notifications are looked for that are due. Milliseconds. */
const LOOK_INTERVAL_MS = 2_000;

/** How many of a channel are sent at once. */
const MAX_AT_ONCE = 4;

/**
 * Sends the notifications that are due. Each instance looks, and one of them has the lease of each. Each channel has
 * places of its own: a receiver that hangs does not hold up the mails.
 */
@Injectable()
export class NotificationDeliveryJob extends RecurringJob {
  protected readonly log = new Logger('Notifications');
  private readonly sending: Readonly<Record<Channel, Set<Promise<void>>>> = {
    webhook: new Set(),
    mail: new Set(),
  };

  constructor(
    private readonly notifications: NotificationService,
    private readonly events: SecurityEventService,
    private readonly webhook: WebhookSender,
    @Inject(Mailer) private readonly mailer: Mailer,
    @Inject(alertConfig.KEY) private readonly config: ConfigType<typeof alertConfig>,
  ) {
    super(LOOK_INTERVAL_MS, 'notifications.unsent');
  }

  override async onModuleDestroy(): Promise<void> {
    await super.onModuleDestroy();
    await Promise.all(CHANNELS.flatMap((channel) => [...this.sending[channel]]));
  }

  /** Takes what there are places for, and does not wait for its end: the next run follows it. */
  protected async run(): Promise<void> {
    for (const channel of CHANNELS) {
      const sending = this.sending[channel];
      const places = MAX_AT_ONCE - sending.size;
      if (places === 0) continue;
      for (const due of await this.notifications.lease(channel, places)) {
        const delivery = this.delivered(due).finally(() => {
          sending.delete(delivery);
          this.request();
        });
        sending.add(delivery);
      }
    }
  }

  private delivered(notification: LeasedNotification): Promise<void> {
    return this.deliver(notification).catch((err: unknown) =>
      this.log.error({ event: 'notifications.unsent', err }),
    );
  }

  private async deliver(notification: LeasedNotification): Promise<void> {
    try {
      await this.send(notification);
    } catch (error) {
      if (this.shutdown.signal.aborted) return this.notifications.release(notification);
      const reason = error instanceof DeliveryError ? error.reason : 'failed';
      return this.notifications.failed(notification, reason);
    }
    await this.notifications.sent(notification);
  }

  private async send({ id, eventId, channel }: LeasedNotification): Promise<void> {
    const event = await this.events.get(eventId);
    switch (channel) {
      case 'webhook':
        return this.webhook.send(id, event, this.shutdown.signal);
      case 'mail':
        return this.mail(event);
    }
  }

  private async mail(event: SecurityEventView): Promise<void> {
    const { mailTo } = this.config;
    if (mailTo === undefined) throw new DeliveryError('no_address');
    try {
      await this.mailer.deliver(alertMail(mailTo, event));
    } catch (error) {
      const { code } = error as { code?: unknown };
      throw new DeliveryError(typeof code === 'string' ? code : 'mail', { cause: error });
    }
  }
}
