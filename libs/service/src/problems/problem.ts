/** A flaw of one place of a request: a JSON pointer into the body, or the name of a parameter as `/name`. */
export interface Flaw {
  readonly pointer: string;
  readonly detail: string;
}

/** RFC 9457, plus our stable `code` and the flaws of a request. */
export interface Problem {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly code: string;
  readonly detail: string;
  readonly errors?: readonly Flaw[];
}

export const PROBLEM_TYPE = 'application/problem+json; charset=utf-8';

/** The same code always has the same type and title; what differs is the detail. */
export function problem(status: number, code: string, detail: string, errors?: readonly Flaw[]): Problem {
  const words = code.toLowerCase().split('_');
  const title = words.join(' ');
  return {
    type: `urn:halfway:problem:${words.join('-')}`,
    title: title.charAt(0).toUpperCase() + title.slice(1),
    status,
    code,
    detail,
    ...(errors?.length ? { errors } : {}),
  };
}

/** The request itself is at fault; thrown before anything was done. */
export class InvalidRequestError extends Error {
  constructor(
    readonly errors: readonly Flaw[],
    readonly code = 'VALIDATION_FAILED',
    readonly status = 400,
  ) {
    super('The request is not valid. Correct what "errors" lists and send it again.');
    this.name = 'InvalidRequestError';
  }
}
