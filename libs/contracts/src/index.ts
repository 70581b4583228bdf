export {
  inventoryEvents,
  StockRefused,
  StockReleased,
  StockReserved,
  StockReturned,
  StockSold,
} from './inventory-events.js';
export { OrderCancelled, OrderedLine, orderEvents, OrderPaid, OrderPlaced } from './order-events.js';
export { OrderExpiring, orderTimeouts } from './order-timeouts.js';
export { ReturnStock, stockReturns } from './stock-returns.js';
export {
  mergeTimelines,
  MissingStepsResponse,
  TimelineResponse,
  TimelineStepResponse,
  toTimeline,
} from './timeline.response.js';
