import type { MqTimings } from '@halfway/mq';

/** Injection token of {@link ReturnTimings}. */
export const RETURN_TIMINGS = Symbol('RETURN_TIMINGS');

/** A return is sent again like any event that got no reply, so these are the messaging's own figures (MQ_TIMINGS). */
export type ReturnTimings = Pick<MqTimings, 'resendAfterMs' | 'resendAtMostMs'>;

export function returnTimings({
  resendAfterMs = 15_000,
  resendAtMostMs = 300_000,
}: Partial<MqTimings> = {}): ReturnTimings {
  return { resendAfterMs, resendAtMostMs };
}
