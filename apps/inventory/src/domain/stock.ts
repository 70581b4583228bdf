/** Kinds of stock. Every piece that was received is in exactly one of them: total = available + reserved + sold. */
export interface Stock {
  readonly sku: string;
  readonly total: number;
  readonly available: number;
  readonly reserved: number;
  readonly sold: number;
}

export interface Line {
  readonly sku: string;
  readonly quantity: number;
}

export interface OrderToReserve {
  readonly orderId: string;
  /** No sku twice. */
  readonly lines: readonly Line[];
}

export interface ReserveDecision extends OrderToReserve {
  /** Why nothing is reserved; null when everything is. */
  readonly refusal: string | null;
}

/** PostgreSQL's `integer`. */
export const MAX_STOCK = 2_147_483_647;
export const MAX_RECEIPT = 1_000_000;
/** The contract's limit of a reason. */
const MAX_REASON = 500;

/**
 * Decides several orders in the order in which they came: each gets all of its lines or none, from what the ones before
 * have left. The caller holds the locks on all rows of `available`; a sku that it lacks was never received.
 */
export function reserve(
  orders: readonly OrderToReserve[],
  available: ReadonlyMap<string, number>,
): readonly ReserveDecision[] {
  const left = new Map(available);
  return orders.map((order) => {
    const short = order.lines.filter(({ sku, quantity }) => (left.get(sku) ?? 0) < quantity).map(({ sku }) => sku);
    if (short.length) return { ...order, refusal: refusalOf(short) };
    for (const { sku, quantity } of order.lines) left.set(sku, (left.get(sku) ?? 0) - quantity);
    return { ...order, refusal: null };
  });
}

/** Whatever their order. */
export function sameLines(one: readonly Line[], other: readonly Line[]): boolean {
  const written = (lines: readonly Line[]): string =>
    JSON.stringify(lines.map(({ sku, quantity }) => `${quantity} ${sku}`).toSorted());
  return written(one) === written(other);
}

/** Names as many skus as fit. */
function refusalOf(skus: readonly string[]): string {
  const named: string[] = [];
  for (const [index, sku] of skus.entries()) {
    const rest = skus.length - index - 1;
    const text = [...named, sku].join(', ');
    if (named.length && sentence(text, rest).length > MAX_REASON) break;
    named.push(sku);
  }
  return sentence(named.join(', '), skus.length - named.length);
}

function sentence(skus: string, more: number): string {
  return more ? `Not enough stock of ${skus} and ${more} more.` : `Not enough stock of ${skus}.`;
}
