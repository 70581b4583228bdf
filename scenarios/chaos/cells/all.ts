import type { Cell, Group } from '../cell.js';
import { answers } from './answers.js';
import { broker } from './broker.js';
import { checkBack } from './check-back.js';
import { clocks } from './clocks.js';
import { orderCommit } from './on-the-way.js';
import { figures } from './figures.js';
import { inventory } from './inventory.js';
import { sameKey } from './keys.js';
import { messages } from './messages.js';
import { network } from './network.js';
import { payments } from './payments.js';
import { peers } from './peers.js';
import { place } from './place.js';
import { postgres } from './postgres.js';
import { processes } from './processes.js';
import { races } from './races.js';
import { relay } from './relay.js';
import { returnOnFailure } from './return-on-failure.js';
import { sweeper } from './sweeper.js';
import { timers } from './timers.js';
import { versions } from './versions.js';

/** The crash matrix, in the order in which an order meets its lines. */
export const groups: readonly Group[] = [
  { ...place, cells: [...place.cells, ...orderCommit, sameKey] },
  checkBack,
  relay,
  inventory,
  answers,
  timers,
  payments,
  sweeper,
  returnOnFailure,
  processes,
  peers,
  versions,
  broker,
  postgres,
  network,
  clocks,
  messages,
  races,
  figures,
];

export const cells: readonly Cell[] = groups.flatMap((group) => group.cells);
