import { AuthModule } from '@app/auth';
import { MailModule } from '@app/mail';
import { SecurityModule } from '@app/security';
import { Module } from '@nestjs/common';
import { ConfigModule } from '@nestjs/config';
import { BlockListModule } from '../blocks/block-list.module.js';
import { eventsConfig } from '../events/events.config.js';
import { ExpiredEventsJob } from '../events/expired-events.job.js';
import { SecurityEventController } from '../events/security-event.controller.js';
import { SecurityEventsModule } from '../events/security-events.module.js';
import { IncidentsModule } from '../incidents/incidents.module.js';
import { NotificationController } from '../notifications/notification.controller.js';
import { NotificationDeliveryJob } from '../notifications/notification-delivery.job.js';
import { NotificationsModule } from '../notifications/notifications.module.js';
import { WebhookSender } from '../notifications/webhook.sender.js';
import { AddressContainmentService } from './address-containment.service.js';
import { detectionConfig } from './settings/detection.config.js';
import { DetectionService } from './detection.service.js';
import { FindingLogService } from './finding-log.service.js';
import { CountryFile } from './geo/country-file.js';
import { AuditChainRule } from './rules/audit-chain.rule.js';
import { CostSpikeRule } from './rules/cost-spike.rule.js';
import { CredentialStuffingRule } from './rules/credential-stuffing.rule.js';
import { type DetectionRule, DetectionRules } from './rules/detection-rule.js';
import { InjectionPatternRule } from './rules/injection-pattern.rule.js';
import { LimitAbuseRule } from './rules/limit-abuse.rule.js';
import { NewCountryRule } from './rules/new-country.rule.js';
import { NewDeviceRule } from './rules/new-device.rule.js';
import { PasswordSprayingRule } from './rules/password-spraying.rule.js';
import { RefreshReuseRule } from './rules/refresh-reuse.rule.js';
import { RefusalBurstRule } from './rules/refusal-burst.rule.js';
import { RuleCounters } from './rules/rule-counters.js';
import { ToolChangedRule } from './rules/tool-changed.rule.js';

/** Every rule. One that is not in this list finds nothing. */
const RULES = [
  CredentialStuffingRule,
  PasswordSprayingRule,
  RefreshReuseRule,
  RefusalBurstRule,
  LimitAbuseRule,
  NewCountryRule,
  NewDeviceRule,
  ToolChangedRule,
  InjectionPatternRule,
  CostSpikeRule,
  AuditChainRule,
];

/** Finds attacks, contains them, and tells operators. */
@Module({
  imports: [
    ConfigModule.forFeature(detectionConfig),
    ConfigModule.forFeature(eventsConfig),
    AuthModule,
    BlockListModule,
    IncidentsModule,
    MailModule,
    NotificationsModule,
    SecurityEventsModule,
    SecurityModule,
  ],
  controllers: [NotificationController, SecurityEventController],
  providers: [
    AddressContainmentService,
    CountryFile,
    DetectionService,
    ExpiredEventsJob,
    FindingLogService,
    NotificationDeliveryJob,
    RuleCounters,
    WebhookSender,
    ...RULES,
    {
      provide: DetectionRules,
      useFactory: (...rules: DetectionRule[]): DetectionRules => rules,
      inject: RULES,
    },
  ],
})
export class DetectionModule {}
