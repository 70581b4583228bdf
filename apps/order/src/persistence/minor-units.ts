import type { ValueTransformer } from 'typeorm';

/** PostgreSQL's bigint arrives as text; every amount of ours is checked to fit a JavaScript number exactly. */
export const minorUnits: ValueTransformer = {
  to: (value: number) => value,
  from: (value: string) => Number(value),
};
