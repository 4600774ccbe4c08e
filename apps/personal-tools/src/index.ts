export { type OwnersData, PersonalToolsData } from './personal-tools.data.js';
export { PersonalToolsModule } from './personal-tools.module.js';
export { PersonalToolsServers } from './personal-tools.servers.js';
