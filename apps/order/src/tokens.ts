import type { Logger } from 'pino';

/** Injection token of the service's {@link Logger}. */
export const LOGGER = Symbol('LOGGER');
export type { Logger };

/** Injection token of the payment window in milliseconds. */
export const PAYMENT_WINDOW = Symbol('PAYMENT_WINDOW');
