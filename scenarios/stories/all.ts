import type { Scenario } from '../support/scenario.js';
import { brokerDown } from './broker-down.js';
import { customerCancels } from './customer-cancels.js';
import { happyPath } from './happy-path.js';
import { inventoryDown } from './inventory-down.js';
import { lastItem } from './last-item.js';
import { latePaymentIsRefunded } from './late-payment-is-refunded.js';
import { lostCommit } from './lost-commit.js';
import { orderedByOrderId } from './ordered-by-order-id.js';
import { outOfStock } from './out-of-stock.js';
import { rolledBack } from './rolled-back.js';
import { sameKeyTwice } from './same-key-twice.js';
import { unpaidExpires } from './unpaid-expires.js';

/** In the order of the demo: the plain way first, then time, then faults, then crowds. Neighbours share their settings. */
export const scenarios: readonly Scenario[] = [
  happyPath,
  outOfStock,
  customerCancels,
  unpaidExpires,
  latePaymentIsRefunded,
  lostCommit,
  rolledBack,
  inventoryDown,
  brokerDown,
  sameKeyTwice,
  lastItem,
  orderedByOrderId,
];
