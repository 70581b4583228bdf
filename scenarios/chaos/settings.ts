import type { Environment } from '../support/service.js';
import type { Setting } from './cell.js';

/**
 * Every limit as short as the rules among them and a busy machine allow, so that a cell waits seconds for what takes half a
 * minute in production. The lease stays: the proxy takes no less than 10 s.
 */
export const timings = {
  requestMs: 1_500,
  statementMs: 1_500,
  lockMs: 500,
  idleInTransactionMs: 2_500,
  fenceAfterMs: 3_500,
  resendAfterMs: 3_000,
  resendAtMostMs: 10_000,
  sweepEveryMs: 500,
  retryInLaneMs: 1_000,
  parkedAfterMs: 500,
  parkedAtMostMs: 2_000,
} as const;

/** The lease of a consumer, which no setting shortens. */
export const leaseMs = 10_000;

const short = Object.entries(timings)
  .map(([name, ms]) => `${name}=${ms}`)
  .join(',');

/** How long a customer has got to pay in the cells about expiry. */
export const shortWindowMs = 4_000;
/** In the others no order expires between two looks of the auditor. */
const longWindow = { PAYMENT_WINDOW_MS: '7200000' } as const;

/** Of both services; another one needs another system. */
export const settings: Readonly<Record<Setting, Environment>> = {
  usual: { MQ_TIMINGS: short, ...longWindow },
  'short window': { MQ_TIMINGS: short, PAYMENT_WINDOW_MS: String(shortWindowMs) },
  defaults: longWindow,
};
