import type { ReachedPoint } from '@halfway/mq';
import type { Logger } from 'pino';

/** Injection token of the service's {@link Logger}. */
export const LOGGER = Symbol('LOGGER');
export type { Logger };

/** Injection token of the inventory's URL. */
export const INVENTORY_URL = Symbol('INVENTORY_URL');

/** Injection token of the payment window in milliseconds. */
export const PAYMENT_WINDOW = Symbol('PAYMENT_WINDOW');

/**
 * Injection token of {@link Reached}: called at named places where a test may stop this process. Undefined, and so skipped,
 * unless faults are enabled.
 */
export const REACHED = Symbol('REACHED');
export type Reached = ReachedPoint;
