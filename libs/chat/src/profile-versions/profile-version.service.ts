import type { RecordAudit } from '@app/logging';
import { Injectable } from '@nestjs/common';
import { ChatError } from '../chat.error.js';
import { ProfileCatalog } from '../profiles/profile-catalog.js';
import { SwitchedParts } from '../switches/switched-parts.js';
import { AppliedVersions } from './applied-versions.js';
import { ProfileVersionError } from './profile-version.error.js';
import { ProfileVersionStore } from './profile-version.store.js';
import {
  type ProfileStateView,
  type ReloadedProfilesView,
  type ProfileVersionView,
  toVersionView,
} from './profile-version.view.js';

/** The versions of assistants, as operators change which of them is in force. */
@Injectable()
export class ProfileVersionService {
  constructor(
    private readonly store: ProfileVersionStore,
    private readonly catalog: ProfileCatalog,
    private readonly versions: AppliedVersions,
    private readonly switches: SwitchedParts,
  ) {}

  async list(): Promise<ProfileStateView[]> {
    const [states, versions] = await Promise.all([this.store.inForce(), this.store.versions()]);
    const ofProfile = Map.groupBy(versions, ({ profileId }) => profileId);
    return states
      .toSorted((one, other) => (one.profileId < other.profileId ? -1 : 1))
      .map(({ profileId, version }) => ({
        profileId,
        version,
        isServed: this.catalog.find(profileId) !== undefined,
        isOff: !this.switches.isOffered(profileId),
        versions: (ofProfile.get(profileId) ?? []).map(toVersionView),
      }));
  }

  /**
   * Takes the files as they are now, here and on every instance within a second. A fault in one of them changes nothing.
   *
   * @throws ProfileVersionError `invalid_profile`, which names the file and the reason
   */
  async reload(operatorId: string | null, record?: RecordAudit): Promise<ReloadedProfilesView> {
    const sources = checked(() => this.catalog.readFiles());
    const changes = await this.store.take(sources, operatorId, record);
    await this.versions.apply();
    return { changes: changes.map(({ profileId, version }) => ({ profileId, version })) };
  }

  /**
   * Puts a former version in force; the one before, if none is named.
   *
   * @throws ChatError `profile_not_found` @throws ProfileVersionError `version_not_found`; `invalid_profile` for one that
   *   does not fit any more
   */
  async rollback(
    profileId: string,
    wanted: number | undefined,
    operatorId: string | null,
    record?: RecordAudit,
  ): Promise<ProfileVersionView> {
    const state = (await this.store.inForce()).find((one) => one.profileId === profileId);
    if (!state) throw ChatError.profileNotFound();
    const before = state.version ?? Infinity;
    const version = (await this.store.versions(profileId)).find((one) =>
      wanted === undefined ? one.version < before : one.version === wanted,
    );
    const source = version && (await this.store.source(profileId, version.version));
    if (!source) throw ProfileVersionError.versionNotFound();
    checked(() => this.catalog.read(source.value, source.file));
    await this.store.putInForce(profileId, version.version, operatorId, record);
    await this.versions.apply();
    return toVersionView(version);
  }
}

/** @throws ProfileVersionError `invalid_profile` for a fault of a file */
function checked<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw ProfileVersionError.from(error);
  }
}
