import { TimelineResponse } from '@halfway/contracts';
import { Inject, Injectable } from '@nestjs/common';
import { plainToInstance } from 'class-transformer';
import { validate } from 'class-validator';
import { isNativeError } from 'node:util/types';
import { INVENTORY_URL } from '../tokens.js';

/** Whoever looks at a timeline waits for it; half a timeline now is worth more than a whole one later. */
const WITHIN_MS = 1_000;

/** The inventory's part of an order's life, asked over HTTP; without an answer it is a part that is missing, and no error. */
@Injectable()
export class InventoryTimeline {
  constructor(@Inject(INVENTORY_URL) private readonly inventoryUrl: string) {}

  async of(orderId: string): Promise<TimelineResponse> {
    const signal = AbortSignal.timeout(WITHIN_MS);
    try {
      return await this.ask(orderId, signal);
    } catch (error) {
      const reason = signal.aborted ? `did not answer within ${WITHIN_MS} ms` : reasonOf(error);
      return { orderId, complete: false, missing: [{ service: 'inventory', reason }], steps: [] };
    }
  }

  private async ask(orderId: string, signal: AbortSignal): Promise<TimelineResponse> {
    const url = new URL(`/reservations/${orderId}/timeline`, this.inventoryUrl);
    const answer = await fetch(url, { signal, redirect: 'error' });
    if (!answer.ok) throw new Error(`answered ${answer.status}`);
    const timeline = plainToInstance(TimelineResponse, await answer.json());
    if (!(timeline instanceof TimelineResponse) || (await validate(timeline)).length > 0) {
      throw new Error('answered something that is no timeline');
    }
    return timeline;
  }
}

/** For a person: fetch hides in the cause what went wrong. */
function reasonOf(error: unknown): string {
  // Not instanceof: Node's own errors come from another realm when this runs in a vm context, as under jest.
  if (!isNativeError(error)) return 'failed';
  const { cause, message } = error;
  return isNativeError(cause) ? `cannot be reached: ${'code' in cause ? String(cause.code) : cause.message}` : message;
}
