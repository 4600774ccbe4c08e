export { personalToolsConfig } from './http/personal-tools.config.js';
export { type OwnersData, PersonalToolsData } from './server/personal-tools.data.js';
export { PersonalToolsModule } from './personal-tools.module.js';
export { PersonalToolsServers } from './server/personal-tools.servers.js';
