import { parseArgs } from 'node:util';
import { flowOption } from '../support/flow-option.js';
import type { Flow } from '../support/flow.js';
import { asUsageError, UsageError } from '../support/usage-error.js';
import { wholeNumber } from '../support/whole-number.js';

export const usage = `npm run load -- [--rate 50 --seconds 30 | --in-flight 32 --orders 5000] [options]

  --rate N --seconds N      open loop: N orders per second, whatever the answers do; latency from the scheduled time
  --in-flight N --orders N  closed loop at saturation: the next order as soon as one is answered; the backlog of orders
                            that inventory has not settled is bounded, so that accepting can't run away from completing
  --flow FLOW               how orders are placed: reserve-on-commit (default) or return-on-failure
  --warm-up N               orders placed before anything is measured (default 1000)
  --lines N                 lines per order, 1 to 10 (default 3)
  --skus N                  products that the lines are spread over (default 100)
  --hot                     one product is in every order
  --count                   count what an order takes: SQL round trips, messages, calls. On wires, so it is no measure of
                            speed; with --rate 2 every order is alone
  --inventory-down          inventory is killed before anything is measured and started afterwards: what customers are
                            answered, what is held meanwhile, and for how long
  --lose-broker             half-way the broker is killed with everything it has stored, and started again: no order that was
                            answered may be lost
  --order-url URL --inventory-url URL
                            a system that already runs, on this machine; ORDER_DATABASE_URL and INVENTORY_DATABASE_URL must
                            name its databases for times and audit. Default: a throw-away system of its own
  --json                    the result as JSON on stdout
  --help                    this text

Exit code: 0 measured and all invariants hold, 1 not (then there is no speed), 2 the command line was not understood.`;

export type Loop =
  | { readonly kind: 'open'; readonly ratePerSecond: number; readonly seconds: number }
  | { readonly kind: 'closed'; readonly inFlight: number; readonly orders: number };

export interface LoadArguments {
  readonly help: boolean;
  readonly json: boolean;
  readonly loop: Loop;
  readonly flow: Flow;
  readonly warmUp: number;
  readonly lines: number;
  readonly skus: number;
  readonly hot: boolean;
  readonly count: boolean;
  readonly inventoryDown: boolean;
  readonly loseBroker: boolean;
  readonly existing?: { readonly orderUrl: string; readonly inventoryUrl: string };
}

/** A run is bounded in count and time, so that a typing error fills no disk. */
const most = {
  rate: 5_000,
  seconds: 600,
  inFlight: 256,
  orders: 200_000,
  warmUp: 50_000,
  lines: 10,
  skus: 10_000,
} as const;

/** @throws UsageError */
export function parseLoadArguments(args: readonly string[]): LoadArguments {
  const values = parse(args);
  const number = (name: string, text: string | undefined, fallback: number, atMost: number, atLeast = 1): number =>
    wholeNumber({ name, text, fallback, atLeast, atMost, usage });
  const closed = values['in-flight'] !== undefined || values.orders !== undefined;
  if (closed && (values.rate !== undefined || values.seconds !== undefined)) {
    throw new UsageError(`--rate and --in-flight exclude each other.\n\n${usage}`);
  }
  const loop: Loop = closed
    ? {
        kind: 'closed',
        inFlight: number('in-flight', values['in-flight'], 32, most.inFlight),
        orders: number('orders', values.orders, 5_000, most.orders),
      }
    : {
        kind: 'open',
        ratePerSecond: number('rate', values.rate, 50, most.rate),
        seconds: number('seconds', values.seconds, 30, most.seconds),
      };
  if (loop.kind === 'open' && loop.ratePerSecond * loop.seconds > most.orders) {
    throw new UsageError(`--rate times --seconds must be at most ${most.orders} orders.\n\n${usage}`);
  }
  if (values['inventory-down'] && (closed || values.count)) {
    throw new UsageError(
      '--inventory-down goes with --rate and without --count: the backlog of a closed loop would stay full, and what passes ' +
        `without orders is not the same without inventory.\n\n${usage}`,
    );
  }
  if (values['lose-broker'] && (values.count || values['inventory-down'])) {
    throw new UsageError(
      `--lose-broker goes without --count and --inventory-down: break one thing at a time.\n\n${usage}`,
    );
  }
  const lines = number('lines', values.lines, 3, most.lines);
  const other = existing(values['order-url'], values['inventory-url']);
  if (other.existing && (values.count || values['inventory-down'] || values['lose-broker'])) {
    throw new UsageError(
      `--count, --inventory-down and --lose-broker need a system of our own: leave out --order-url.\n\n${usage}`,
    );
  }
  return {
    help: values.help,
    json: values.json,
    loop,
    flow: flowOption(values.flow, usage),
    warmUp: number('warm-up', values['warm-up'], 1_000, most.warmUp, 0),
    lines,
    skus: number('skus', values.skus, 100, most.skus, lines),
    hot: values.hot,
    count: values.count,
    inventoryDown: values['inventory-down'],
    loseBroker: values['lose-broker'],
    ...other,
  };
}

function existing(orderUrl: string | undefined, inventoryUrl: string | undefined): Pick<LoadArguments, 'existing'> {
  if (orderUrl === undefined && inventoryUrl === undefined) return {};
  if (orderUrl === undefined || inventoryUrl === undefined) {
    throw new UsageError(`--order-url and --inventory-url go together.\n\n${usage}`);
  }
  for (const url of [orderUrl, inventoryUrl]) {
    // A load run is aimed at this machine only; nobody points it at somebody's service by a slip.
    if (!URL.canParse(url) || !['127.0.0.1', 'localhost', '[::1]'].includes(new URL(url).hostname)) {
      throw new UsageError(`"${url}" is not on this machine. Give a URL such as http://127.0.0.1:3000.`);
    }
  }
  return { existing: { orderUrl, inventoryUrl } };
}

function parse(args: readonly string[]) {
  const text = { type: 'string' } as const;
  const flag = { type: 'boolean', default: false } as const;
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        flow: text,
        rate: text,
        seconds: text,
        'in-flight': text,
        orders: text,
        'warm-up': text,
        lines: text,
        skus: text,
        hot: flag,
        count: flag,
        'inventory-down': flag,
        'lose-broker': flag,
        'order-url': text,
        'inventory-url': text,
        json: flag,
        help: { ...flag, short: 'h' },
      },
    });
    return values;
  } catch (error) {
    throw asUsageError(error, usage);
  }
}
