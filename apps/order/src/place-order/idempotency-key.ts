import { createHash } from 'node:crypto';
import { InvalidRequestError } from '@halfway/service';
import type { OrderRequest } from '../domain/order.js';

const MAX_LENGTH = 255;

/**
 * The `Idempotency-Key` header. Its scope is this service, whoever sends it: one key, one order, for ever. A client that wants
 * its own namespace puts its name in front.
 * @throws InvalidRequestError when it is missing, there twice, empty or too long.
 */
export function idempotencyKeyOf(headers: readonly string[] | undefined): string {
  const pointer = '/Idempotency-Key';
  const [header, ...others] = headers ?? [];
  if (header === undefined) {
    throw new InvalidRequestError([{ pointer, detail: 'the header is missing; send a new value for every new order' }]);
  }
  if (others.length) throw new InvalidRequestError([{ pointer, detail: 'the header must not be there twice' }]);
  if (header.length < 1 || header.length > MAX_LENGTH) {
    throw new InvalidRequestError([{ pointer, detail: `the header must have 1 to ${MAX_LENGTH} characters` }]);
  }
  return header;
}

/** The same for the same order, however the JSON was written: spaces, order of fields, and a default left out don't count. */
export function requestHashOf({ customerId, flow, lines }: OrderRequest): string {
  const canonical = JSON.stringify([customerId, flow, lines.map(({ sku, quantity }) => [sku, quantity])]);
  return createHash('sha256').update(canonical).digest('base64url');
}
