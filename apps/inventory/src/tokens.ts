import type { ReachedPoint } from '@halfway/mq';

/**
 * Injection token of {@link Reached}: called at named places where a test may stop this process. Undefined, and so skipped,
 * unless faults are enabled.
 */
export const REACHED = Symbol('REACHED');
export type Reached = ReachedPoint;
