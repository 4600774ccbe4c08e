export { PrivacyModule, type PrivacyModuleOptions } from './privacy.module.js';
export { privacyConfig } from './privacy.config.js';
export { type PrivacyErrorCode } from './privacy.error.js';
export { type PersonalDataSource, PersonalDataSources } from './sources/personal-data-source.js';
