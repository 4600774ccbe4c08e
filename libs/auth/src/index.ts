export { AuthModule } from './auth.module.js';
export { authConfig } from './auth.config.js';
export { type AuthErrorCode } from './auth.error.js';
export { CurrentUser } from './guards/current-user.decorator.js';
export { JwtAuthGuard } from './guards/jwt-auth.guard.js';
export { isPublicRoute, Public } from './guards/public.decorator.js';
export type { Principal } from './tokens/principal.js';
