export { inventoryEvents, StockRefused, StockReleased, StockReserved, StockSold } from './inventory-events.js';
export { OrderCancelled, OrderedLine, orderEvents, OrderPaid, OrderPlaced } from './order-events.js';
export { OrderExpiring, orderTimeouts } from './order-timeouts.js';
