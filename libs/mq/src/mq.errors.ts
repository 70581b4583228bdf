/** Base of every error of this library: a stable `code`, and a text that ends with the remedy. */
export abstract class MqError extends Error {
  constructor(
    readonly code: string,
    text: string,
    options?: { readonly cause?: unknown },
  ) {
    super(text, options);
    this.name = new.target.name;
  }
}

/** Something is declared wrongly; raised at definition or boot, never while messages flow. */
export class ConfigurationError extends MqError {}

/** No broker took the message; nothing was stored by us. */
export class BrokerUnavailableError extends MqError {
  constructor(what: string, cause: unknown) {
    super(
      'MQ_BROKER_UNAVAILABLE',
      `The broker did not take ${what}. Check ROCKETMQ_ENDPOINT and "npm run stack -- status", then send again.`,
      { cause },
    );
  }
}

/** The broker answered, and refused: sending the same message again fails again. */
export class MessageRefusedError extends MqError {}

/** COMMIT was sent and its answer is lost, and the outcome cannot be read yet. The same idempotency key is safe. */
export class TransactionInDoubtError extends MqError {
  constructor(
    readonly transactionId: string,
    cause: unknown,
  ) {
    super(
      'MQ_TRANSACTION_IN_DOUBT',
      `The outcome of transaction ${transactionId} is not known yet. Repeat the request with the same idempotency key.`,
      { cause },
    );
  }
}

/** A check-back took the transaction for dead and aborted it before its COMMIT. Nothing was done; the same idempotency key is safe. */
export class TransactionFencedError extends MqError {
  constructor(
    readonly transactionId: string,
    cause: unknown,
  ) {
    super(
      'MQ_TRANSACTION_FENCED',
      `Transaction ${transactionId} was too slow and has been aborted from outside. Repeat the request with the same idempotency key.`,
      { cause },
    );
  }
}

/** A statement of the transaction failed, its error was caught, and the work went on; PostgreSQL rolled everything back. */
export class StatementSwallowedError extends MqError {
  constructor(cause?: unknown) {
    super(
      'MQ_STATEMENT_SWALLOWED',
      'A statement of this transaction failed and its error was swallowed, so nothing was committed. Let the error through, or put the statement into a savepoint.',
      { cause },
    );
  }
}

/** `sendLater` was given a time outside of what the broker takes. Nothing was sent. */
export class DelayOutOfRangeError extends MqError {
  constructor(readonly delayMs: number) {
    super(
      'MQ_DELAY_OUT_OF_RANGE',
      `A delay of ${delayMs} ms is out of range. Choose a whole number from 1000 to 86400000 (24 h).`,
    );
  }
}

/** The message breaks its contract or the topic's rules. Nothing was sent. */
export class InvalidMessageError extends MqError {
  constructor(type: string, problems: readonly string[]) {
    super(
      'MQ_INVALID_MESSAGE',
      `"${type}" is not valid: ${problems.join('; ')}. Correct the message and send it again.`,
    );
  }
}

/**
 * Thrown by a handler (or by the envelope) for a message that no retry can fix: it goes to quarantine at once,
 * is acknowledged, and its lane goes on.
 */
export class UnprocessableMessageError extends MqError {
  constructor(reason: string, options?: { readonly cause?: unknown }) {
    super('MQ_UNPROCESSABLE', `${reason} Look at it in quarantine, correct the cause, then replay it.`, options);
  }
}
