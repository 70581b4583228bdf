import { AmountTooLargeError, MixedCurrenciesError, UnknownSkuError } from './order.errors.js';
import { nextStatus, type OrderStatus } from './order-status.js';
import type { Payment } from './payment.js';

/** How an order and its stock come together: reserved after the order's commit, the default, or before it. */
export const ORDER_FLOWS = ['reserve-on-commit', 'return-on-failure'] as const;
export type OrderFlow = (typeof ORDER_FLOWS)[number];

export const CANCEL_REASONS = ['CUSTOMER', 'PAYMENT_TIMEOUT'] as const;
export type CancelReason = (typeof CANCEL_REASONS)[number];

/** The price of one piece, in minor units (cents), as the service's own list has it. */
export interface Price {
  readonly sku: string;
  readonly unitPriceMinor: number;
  readonly currency: string;
}

export interface RequestedLine {
  readonly sku: string;
  readonly quantity: number;
}

export interface OrderLine extends RequestedLine {
  readonly unitPriceMinor: number;
}

/** What a customer asked for: skus and quantities. Prices are never the client's. */
export interface OrderRequest {
  readonly customerId: string;
  readonly flow: OrderFlow;
  readonly lines: readonly RequestedLine[];
}

/** Identity and times of a new order; the times come from PostgreSQL's clock, the only one that deadlines are compared with. */
export interface OrderSeal {
  readonly orderId: string;
  readonly createdAt: Date;
  readonly expiresAt: Date;
}

export interface Order {
  readonly orderId: string;
  readonly customerId: string;
  readonly status: OrderStatus;
  readonly cancelReason: CancelReason | null;
  readonly flow: OrderFlow;
  readonly lines: readonly OrderLine[];
  /** Whole minor units, at most Number.MAX_SAFE_INTEGER. */
  readonly amountMinor: number;
  readonly currency: string;
  readonly expiresAt: Date;
  readonly createdAt: Date;
  /** 1 when placed, one more with every change of the order's row. */
  readonly version: number;
  readonly payments: readonly Payment[];
}

/**
 * Prices a request: every sku known, one currency, an amount that a JavaScript number holds exactly.
 * @throws UnknownSkuError | MixedCurrenciesError | AmountTooLargeError
 */
export function placeOrder(request: OrderRequest, priceList: readonly Price[], seal: OrderSeal): Order {
  const prices = new Map(priceList.map((price) => [price.sku, price]));
  const unknown = request.lines.map(({ sku }, index) => ({ sku, index })).filter(({ sku }) => !prices.has(sku));
  if (unknown.length) throw new UnknownSkuError(unknown);

  const priced = request.lines.flatMap(({ sku, quantity }) => {
    const price = prices.get(sku);
    return price ? [{ line: { sku, quantity, unitPriceMinor: price.unitPriceMinor }, currency: price.currency }] : [];
  });
  const currencies = [...new Set(priced.map(({ currency }) => currency))];
  const [currency] = currencies;
  if (currency === undefined || currencies.length > 1) throw new MixedCurrenciesError(currencies.toSorted());

  const lines = priced.map(({ line }) => line);
  return {
    orderId: seal.orderId,
    customerId: request.customerId,
    status: 'PENDING',
    cancelReason: null,
    flow: request.flow,
    lines,
    amountMinor: amountOf(lines),
    currency,
    expiresAt: seal.expiresAt,
    createdAt: seal.createdAt,
    version: 1,
    payments: [],
  };
}

/** A new order whose stock was asked for before it is stored: the inventory's answer is part of what is placed. */
export function placedWith(order: Order, answer: 'stock.reserved' | 'stock.refused'): Order {
  return { ...order, status: nextStatus(order.status, answer) ?? order.status };
}

/** In bigint: 50 lines of 1000 pieces pass 2^53 long before they pass a list price that looks harmless. */
export function amountOf(lines: readonly OrderLine[]): number {
  let sum = 0n;
  for (const { quantity, unitPriceMinor } of lines) sum += BigInt(quantity) * BigInt(unitPriceMinor);
  if (sum > BigInt(Number.MAX_SAFE_INTEGER)) throw new AmountTooLargeError(sum);
  return Number(sum);
}
