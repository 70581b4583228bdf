/**
 * RocketMQ's timer may fire up to one second early (it floors to its precision), so the alarm is set this much later: it
 * comes late rather than early, and an early one is armed again.
 */
export const TIMER_MARGIN_MS = 1_000;

/** What the broker takes as a delay (proxy answer 40012 above). */
const DELAY_MS = { min: 1_000, max: 86_400_000 } as const;

/** When to wake for a window that closes in `remainingMs`, which may be over already. */
export function wakeAfterMs(remainingMs: number): number {
  return Math.min(DELAY_MS.max, Math.max(DELAY_MS.min, Math.ceil(remainingMs) + TIMER_MARGIN_MS));
}
