/** Where in the request the reason is: a JSON pointer and a text. */
export interface Reason {
  readonly pointer: string;
  readonly detail: string;
}

/** Base of what the order service refuses: a stable `code`, and a text that ends with the remedy. */
export abstract class OrderError extends Error {
  constructor(
    readonly code: string,
    text: string,
    readonly errors: readonly Reason[] = [],
  ) {
    super(text);
    this.name = new.target.name;
  }
}

export class UnknownSkuError extends OrderError {
  constructor(unknown: readonly { readonly sku: string; readonly index: number }[]) {
    super(
      'UNKNOWN_SKU',
      'The price list does not have every sku of the order. Order only what GET /products/:sku knows.',
      unknown.map(({ sku, index }) => ({
        pointer: `/lines/${index}/sku`,
        detail: `"${sku}" is not in the price list`,
      })),
    );
  }
}

export class MixedCurrenciesError extends OrderError {
  constructor(readonly currencies: readonly string[]) {
    super(
      'MIXED_CURRENCIES',
      `The lines are priced in ${currencies.join(' and ')}. Place one order for each currency.`,
    );
  }
}

export class AmountTooLargeError extends OrderError {
  constructor(readonly amountMinor: bigint) {
    super('AMOUNT_TOO_LARGE', `The amount, ${amountMinor} minor units, is too large to be exact. Split the order.`);
  }
}

/** No definite answer from the inventory in time. What it may have reserved goes back. */
export class InventoryUnavailableError extends OrderError {
  constructor(options: { readonly cause: unknown }) {
    super(
      'INVENTORY_UNAVAILABLE',
      'The inventory did not answer, so nothing was placed. Repeat the request with the same Idempotency-Key.',
    );
    this.cause = options.cause;
  }
}

/** The attempt was given up from outside while it was under way, and its stock has gone back. Nothing was placed. */
export class AttemptGivenUpError extends OrderError {
  constructor(readonly orderId: string) {
    super('ATTEMPT_GIVEN_UP', 'It took too long and was undone. Repeat the request with the same Idempotency-Key.');
  }
}

export class OrderNotFoundError extends OrderError {
  constructor(readonly orderId: string) {
    super('ORDER_NOT_FOUND', `There is no order ${orderId}. Use an orderId that POST /orders answered.`);
  }
}

export class ProductNotFoundError extends OrderError {
  constructor(readonly sku: string) {
    super('PRODUCT_NOT_FOUND', `"${sku}" is not in the price list. Add it with PUT /products/:sku.`);
  }
}

export class IdempotencyKeyReusedError extends OrderError {
  constructor() {
    super(
      'IDEMPOTENCY_KEY_REUSED',
      'This Idempotency-Key already placed an order with another body. Send a new key for a new order.',
    );
  }
}

export class IdempotencyKeyInFlightError extends OrderError {
  constructor() {
    super(
      'IDEMPOTENCY_KEY_IN_FLIGHT',
      'A request with this Idempotency-Key is under way. Repeat it later with the same key.',
    );
  }
}

export class OrderPendingError extends OrderError {
  constructor(readonly orderId: string) {
    super('ORDER_PENDING', `The stock of order ${orderId} is not reserved yet. Pay when it is AWAITING_PAYMENT.`);
  }
}

export class PaymentIdReusedError extends OrderError {
  constructor(readonly paymentId: string) {
    super(
      'PAYMENT_ID_REUSED',
      `Payment "${paymentId}" is already recorded with other content. Send a new paymentId for another payment.`,
    );
  }
}

export class OrderNotCancellableError extends OrderError {
  constructor(
    readonly orderId: string,
    readonly status: string,
  ) {
    super(
      'ORDER_NOT_CANCELLABLE',
      `Order ${orderId} is ${status}, which is final. Look at it with GET /orders/${orderId}.`,
    );
  }
}

/** A row lock was not given in time, again and again: nothing was done. */
export class OrderContendedError extends OrderError {
  constructor(readonly orderId: string) {
    super('ORDER_CONTENDED', `Order ${orderId} is being changed by others right now. Send the same request again.`);
  }
}
