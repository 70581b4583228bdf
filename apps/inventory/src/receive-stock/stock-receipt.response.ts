import type { Stock } from '../domain/stock.js';

export class ReceivedStockResponse implements Stock {
  readonly sku: string;
  /** Everything ever received: available + reserved + sold. */
  readonly total: number;
  readonly available: number;
  readonly reserved: number;
  readonly sold: number;
}
