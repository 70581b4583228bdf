/**
 * RocketMQ's timer may fire up to one second early (it floors to its precision), so the alarm is set this much later: it
 * comes late rather than early, and an early one is armed again.
 */
export const TIMER_MARGIN_MS = 1_000;

/** What the broker takes as a delay (proxy answer 40012 above). */
const DELAY_MS = { min: 1_000, max: 86_400_000 } as const;

/** When to wake for a window of this length that opens now. */
export function wakeAfterMs(windowMs: number): number {
  return Math.min(DELAY_MS.max, Math.max(DELAY_MS.min, Math.ceil(windowMs) + TIMER_MARGIN_MS));
}

/**
 * When to wake for a window that PostgreSQL's clock says is still open. A point in time, not a delay: added to a clock that is
 * behind, a delay would end in the past, and the alarm would come at once, and early, again and again.
 * @param now our own clock, which only keeps the delay within what may be asked of the broker
 */
export function wakeAgainAt(closesAt: Date, now: Date): Date {
  // A second of room: the delay is reckoned again, a little later, when the alarm is sent.
  const [earliest, latest] = [now.getTime() + DELAY_MS.min + 1_000, now.getTime() + DELAY_MS.max];
  return new Date(Math.min(latest, Math.max(earliest, closesAt.getTime() + TIMER_MARGIN_MS)));
}
