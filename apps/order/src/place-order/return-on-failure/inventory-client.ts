import { Inject, Injectable } from '@nestjs/common';
import { InventoryUnavailableError } from '../../domain/order.errors.js';
import type { RequestedLine } from '../../domain/order.js';
import { INVENTORY_URL } from '../../tokens.js';

/** What the inventory decided. `returned`: the stock of this attempt has gone back already, it must not go on. */
export type Deduction = 'stock.reserved' | 'stock.refused' | 'returned';

/**
 * Shorter than any caller's patience, so that there is time left to undo. A deduction that comes through after this is answered by
 * the return that follows it, or refused by the tombstone of a return that came first.
 */
const TIMEOUT_MS = 3_000;

/** The inventory over HTTP. Not repeated here: who has no answer gives back and tells its client to come again. */
@Injectable()
export class InventoryClient {
  constructor(@Inject(INVENTORY_URL) private readonly url: string) {}

  /** @throws InventoryUnavailableError unless the answer is a decision: then it may be carried out, now or later, or not. */
  async reserve(orderId: string, lines: readonly RequestedLine[]): Promise<Deduction> {
    let status: number;
    let body: unknown;
    try {
      const response = await fetch(new URL('/reservations', this.url), {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ orderId, lines: lines.map(({ sku, quantity }) => ({ sku, quantity })) }),
        signal: AbortSignal.timeout(TIMEOUT_MS),
      });
      status = response.status;
      body = await response.json();
    } catch (cause) {
      throw new InventoryUnavailableError({ cause });
    }
    const { state, code } = fieldsOf(body);
    if (status === 409 && code === 'RESERVATION_RELEASED') return 'returned';
    if (status === 201 || status === 200) {
      if (state === 'RESERVED') return 'stock.reserved';
      if (state === 'REFUSED') return 'stock.refused';
    }
    const said = JSON.stringify(code ?? state ?? null).slice(0, 100);
    throw new InventoryUnavailableError({ cause: new Error(`POST /reservations answered ${status} ${said}`) });
  }
}

/** Another service's answer is untrusted input: read as far as it is needed. */
function fieldsOf(body: unknown): { readonly state?: unknown; readonly code?: unknown } {
  return typeof body === 'object' && body !== null ? body : {};
}
