import { message, transactionalTopic } from '@halfway/mq';
import { IsUUID } from 'class-validator';

/**
 * The order never came to be: whatever was deducted for it goes back, nothing if nothing was, and from now on nothing can be.
 * The one request among events: stored as a half message before the stock is deducted, dropped when the order stands. Answered by
 * stock.returned.
 */
export class ReturnStock extends message('stock.return') {
  @IsUUID() readonly orderId: string;
}

/** Half messages of the flow "return-on-failure", in no order. Sent by the order service only. */
export const stockReturns = transactionalTopic('stock-returns', {
  events: { due: ReturnStock },
  key: (event) => event.orderId,
});
