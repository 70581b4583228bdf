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

export interface SettingOf {
  /** Of the whole system: another one needs another system. */
  readonly environment: Environment;
  /** Of the order service, which is restarted with it. */
  readonly order: Environment;
}

const short: Environment = {
  MQ_TIMINGS: Object.entries(timings)
    .map(([name, ms]) => `${name}=${ms}`)
    .join(','),
};

/** How long a customer has got to pay in the cells about expiry. */
export const shortWindowMs = 4_000;

export const settings: Readonly<Record<Setting, SettingOf>> = {
  usual: { environment: short, order: {} },
  'short window': { environment: short, order: { PAYMENT_WINDOW_MS: String(shortWindowMs) } },
  defaults: { environment: {}, order: {} },
};
