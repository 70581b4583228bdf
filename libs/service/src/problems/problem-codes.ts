import type { Provider } from '@nestjs/common';

export interface Answer {
  readonly status: number;
  /** Seconds, sent as `Retry-After`: the same request may succeed then. */
  readonly retryAfterSeconds?: number;
  /** Replaces the error's own text, where that speaks to the operator instead of the caller. */
  readonly detail?: string;
}

/** Errors of the messaging library that may reach a request; the texts of its errors are for operators. */
const OF_MESSAGING: Readonly<Record<string, Answer>> = {
  MQ_TRANSACTION_IN_DOUBT: {
    status: 503,
    retryAfterSeconds: 1,
    detail: 'The outcome is not known yet. Repeat the request with the same Idempotency-Key.',
  },
  MQ_BROKER_UNAVAILABLE: {
    status: 503,
    retryAfterSeconds: 2,
    detail: 'Nothing was done, because messages cannot be sent right now. Try again.',
  },
};

/** Error code → HTTP: the one place where the two meet, so that a domain error knows no HTTP. */
export class ProblemCodes {
  private readonly answers: ReadonlyMap<string, Answer>;

  constructor(codes: Readonly<Record<string, number | Answer>> = {}) {
    this.answers = new Map(
      Object.entries({ ...OF_MESSAGING, ...codes }).map(([code, answer]) => [
        code,
        typeof answer === 'number' ? { status: answer } : answer,
      ]),
    );
  }

  answerTo(code: string): Answer | undefined {
    return this.answers.get(code);
  }
}

/** Lists a service's error codes in its module: `provideProblems({ ORDER_NOT_FOUND: 404 })`. Any other error is a 500. */
export function provideProblems(codes: Readonly<Record<string, number | Answer>>): Provider {
  return { provide: ProblemCodes, useValue: new ProblemCodes(codes) };
}
