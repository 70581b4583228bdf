/** Base of what the inventory may answer instead of a result: a stable code, and a text that ends with the remedy. */
export abstract class InventoryError extends Error {
  abstract readonly code: string;

  constructor(text: string) {
    super(text);
    this.name = new.target.name;
  }
}

export class StockNotFoundError extends InventoryError {
  readonly code = 'STOCK_NOT_FOUND';

  constructor(readonly sku: string) {
    super(`No stock of "${sku}" was ever received. Check the sku, or receive some first.`);
  }
}

export class ReservationNotFoundError extends InventoryError {
  readonly code = 'RESERVATION_NOT_FOUND';

  constructor(readonly orderId: string) {
    super(`There is no reservation for order ${orderId} (yet). Check the order id, or ask again in a moment.`);
  }
}

/** The order's stock was given back, or its return came first: nothing is reserved for it any more. */
export class ReservationReleasedError extends InventoryError {
  readonly code = 'RESERVATION_RELEASED';

  constructor(readonly orderId: string) {
    super(`Whatever was reserved for order ${orderId} has been given back for good. Place a new order.`);
  }
}

/** An order id stands for one set of lines, once and for all. */
export class ReservationConflictError extends InventoryError {
  readonly code = 'RESERVATION_CONFLICT';

  constructor(readonly orderId: string) {
    super(`Order ${orderId} already asked for other lines. Use a new order id for other lines.`);
  }
}

/** The id of a receipt stands for one delivery of one sku, once and for all. */
export class ReceiptConflictError extends InventoryError {
  readonly code = 'RECEIPT_CONFLICT';

  constructor(readonly receiptId: string) {
    super(`Receipt "${receiptId}" was already used for another sku or quantity. Use a new receipt id.`);
  }
}

export class StockTooLargeError extends InventoryError {
  readonly code = 'STOCK_TOO_LARGE';

  constructor(
    readonly sku: string,
    maximum: number,
  ) {
    super(`The stock of "${sku}" would be over ${maximum} pieces. Check the quantity.`);
  }
}
