import type { Group } from '../cell.js';
import { handlingLines } from './handling.js';

const service = 'order';

export const answers: Group = {
  name: 'Q · the order service handles an answer of inventory',
  about: 'The order moves and the event that was answered is retired, in one local transaction.',
  cells: [
    ...handlingLines({ letter: 'Q', service, type: 'stock.reserved', thorough: true }),
    ...handlingLines({ letter: 'Q', service, type: 'stock.refused', thorough: false }),
    ...handlingLines({ letter: 'Q', service, type: 'stock.released', thorough: false }),
    ...handlingLines({ letter: 'Q', service, type: 'stock.sold', thorough: false }),
  ],
};
