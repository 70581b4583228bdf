import type { Environment } from '../support/service.js';

/** Two seconds to pay: long enough to be reserved first, short enough to wait for. Shared, so that one restart serves both. */
export const shortWindow: Environment = { PAYMENT_WINDOW_MS: '2000' };
