/** The two ways to place an order, as `POST /orders` names them; the first is the service's default. */
export const flows = ['reserve-on-commit', 'return-on-failure'] as const;
export type Flow = (typeof flows)[number];

/** What differs between the two. */
export type ByFlow<T> = Readonly<Record<Flow, T>>;

export const defaultFlow: Flow = 'reserve-on-commit';
