/** The 18 delays that RocketMQ 4 offers, in the order of their levels: level 1 is `1s`, level 18 is `2h`. */
export const DELAY_LEVELS = [
  '1s',
  '5s',
  '10s',
  '30s',
  '1m',
  '2m',
  '3m',
  '4m',
  '5m',
  '6m',
  '7m',
  '8m',
  '9m',
  '10m',
  '20m',
  '30m',
  '1h',
  '2h',
] as const;

export type DelayLevel = (typeof DELAY_LEVELS)[number];

const UNIT_MS = { s: 1_000, m: 60_000, h: 3_600_000 } as const;

/**
 * Milliseconds of a level. RocketMQ 5 knows times only, so a level is a name for one; nothing of it is on the wire.
 * @param level by its name, or by its number 1 to 18 as RocketMQ 4 programs have it.
 * @throws RangeError for a number that is no level.
 */
export function delayLevelMs(level: DelayLevel | number): number {
  const name = typeof level === 'number' ? DELAY_LEVELS[level - 1] : level;
  if (name === undefined)
    throw new RangeError(`${level} is no delay level. Choose 1 to 18, or one of ${DELAY_LEVELS.join(' ')}.`);
  // Every name ends in one of the three units.
  return Number.parseInt(name, 10) * UNIT_MS[name.at(-1) as keyof typeof UNIT_MS];
}
