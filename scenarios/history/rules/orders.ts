import { isBefore, mayHaveHappened, type Operation } from '../operation.js';
import { differing, shrinking, type Claim } from './grows.js';
import type { Rule } from './rule.js';
import { sightingsIn, type Sighting } from './sightings.js';
import { canBecome, hasItsReason, leadsTo } from './state-machine.js';

export const orderRules: readonly Rule[] = [
  {
    id: 'H1',
    sentence: 'an order that a client was told of is there for whoever asks later',
    subject: 'order',
    judge: (operations) => shrinking(operations.flatMap(existence)),
  },
  {
    id: 'H2',
    sentence: 'what was ordered never changes',
    subject: 'order',
    judge: (operations) => differing(operations, ({ seen }) => seen?.content),
  },
  {
    id: 'H3',
    sentence: 'who asks later sees no older version',
    subject: 'order',
    judge: (operations) =>
      shrinking(sightingsIn(operations).map(({ operation, state }) => ({ operation, amount: state.version }))),
  },
  {
    id: 'H4',
    sentence: 'what was seen is a way through the state machine',
    subject: 'order',
    judge: offTheWay,
  },
  {
    id: 'H5',
    sentence: 'an order is cancelled by its customer only when somebody asked for it',
    subject: 'order',
    judge: cancelledByNobody,
  },
];

/** 404 says there is none; an answer about an order says there is one; everything else says nothing. */
function existence(operation: Operation): readonly Claim[] {
  if (operation.status === 404) return [{ operation, amount: 0 }];
  return operation.outcome === 'ok' ? [{ operation, amount: 1 }] : [];
}

/** In the order of versions, each sighting must be reachable from the one before, in as many steps as versions lie between. */
function offTheWay(operations: readonly Operation[]): readonly Operation[] | undefined {
  let before: Sighting | undefined;
  for (const sighting of sightingsIn(operations).toSorted((a, b) => a.state.version - b.state.version)) {
    const { operation, state } = sighting;
    if (!hasItsReason(state)) return [operation];
    if (!before && !canBecome(state)) return [operation];
    if (before && !leadsTo(before.state, state)) return [before.operation, operation];
    before = sighting;
  }
  return undefined;
}

function cancelledByNobody(operations: readonly Operation[]): readonly Operation[] | undefined {
  const asked = operations.filter(({ kind }) => kind === 'cancel');
  const effects = sightingsIn(operations).filter(({ state }) => state.cancelReason === 'CUSTOMER');
  const effect = effects.find(
    ({ operation }) => !asked.some((cause) => mayHaveHappened(cause) && !isBefore(operation, cause)),
  );
  return effect && [...asked.filter((cause) => cause !== effect.operation), effect.operation];
}
