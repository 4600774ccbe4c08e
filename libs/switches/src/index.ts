export { SwitchBoard, type ServicePart } from './switch-board.js';
export { SwitchBoardModule } from './switch-board.module.js';
export { SWITCH_SCOPES, type SwitchScope } from './switch-scope.js';
