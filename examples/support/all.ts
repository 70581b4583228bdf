import { asyncSend } from '../async-send.js';
import { checkBack } from '../check-back.js';
import { cloud } from '../cloud.js';
import { deadLetter } from '../dead-letter.js';
import { delayLevel } from '../delay-level.js';
import { delayUntil } from '../delay-until.js';
import { filter } from '../filter.js';
import { globalOrder } from '../global-order.js';
import { halfCommit } from '../half-commit.js';
import { halfRollback } from '../half-rollback.js';
import { oneWay } from '../one-way.js';
import { partitionOrder } from '../partition-order.js';
import { recall } from '../recall.js';
import { roles } from '../roles.js';
import { subscribe } from '../subscribe.js';
import { syncSend } from '../sync-send.js';
import { unknownSubscriber } from '../unknown-subscriber.js';
import { interoperability } from '../python/interoperability.js';
import type { Example } from './example.js';

/** In the order of the teaching text. */
export const examples: readonly Example[] = [
  roles,
  syncSend,
  asyncSend,
  oneWay,
  subscribe,
  filter,
  globalOrder,
  partitionOrder,
  delayLevel,
  delayUntil,
  recall,
  halfCommit,
  halfRollback,
  checkBack,
  deadLetter,
  unknownSubscriber,
  cloud,
];

/** Beside them: needs more than this repository brings, so the tests leave it out. */
export const extras: readonly Example[] = [interoperability];
