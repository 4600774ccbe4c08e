export { PersonalToolsModule } from './personal-tools.module.js';
export { PersonalToolsServers } from './personal-tools.servers.js';
