import { pointsOf } from '../at-points.js';
import { line, type Cell, type Group } from '../cell.js';
import { leaseMs, timings } from '../settings.js';
import type { ServiceName, World } from '../world.js';

const order = pointsOf('order');
const inventory = pointsOf('inventory');
const pastLeaseMs = leaseMs + 1_500;
const withPeer = { peer: true } as const;
const together = { ...withPeer, hit: 1 } as const;

/** Processes of one service come and go while customers do: each time everything is handed out anew. */
const comingAndGoing = (name: ServiceName): Cell => ({
  id: `F6.${name}`,
  kind: 'F',
  title: `a second process of the ${name} service comes and goes, twice`,
  expected: 'one effect of each event',
  async play(world) {
    const visit = async (): Promise<void> => {
      for (let time = 0; time < 2; time++) {
        const peer = await world.peer(name);
        await world.lasts(world.random.integer(500, 2_000));
        await (world.random.next() < 0.5 ? peer.kill() : peer.stop());
      }
    };
    let over = false;
    await Promise.all([
      visit().finally(() => (over = true)),
      world.load.until('they have come and gone', () => over, 120_000),
    ]);
    world.note('came and went twice');
    world.healed();
  },
});

/** Broker checks that land in either of two processes. */
async function asked(world: World): Promise<void> {
  const { hits } = await world.system.order.faults.state();
  world.note(`asked ${hits['resolve.before-select'] ?? 0} times in the first process`);
}

export const peers: Group = {
  name: 'F6 · two processes of one service',
  about:
    'Two relays, two sweepers, two that answer check-backs, two consumers: they share nothing but databases and broker.',
  cells: [
    line({
      id: 'B6',
      title: 'two processes answer the broker, and verdicts are lost',
      expected: 'one decision, whoever is asked',
      faults: { D: order.fail('publish.before-verdict@commit', { ...withPeer, hit: 3 }) },
      check: asked,
    }),
    line({
      id: 'R4',
      title: 'two relays, one dies between sending on and acknowledging',
      expected: 'duplicates only',
      faults: { K: order.kill('relay.after-forward', together), D: order.fail('relay.after-forward', together) },
    }),
    line({
      id: 'S3',
      title: 'two sweepers, one stands still with what it has claimed',
      expected: 'duplicates only',
      faults: {
        P: order.stand(timings.resendAfterMs * 2, 'sweeper.after-select', {
          ...together,
          provokedBy: 'publish.before-verdict:error:every,resolve.before-select:error:every',
        }),
      },
    }),
    line({
      id: 'I7',
      title: 'the lease runs out over a message, and another process gets it',
      expected: 'one effect, the same reply',
      faults: {
        K: inventory.kill('consume.before-commit@order.placed', together),
        P: inventory.stand(pastLeaseMs, 'consume.before-commit@order.placed', together),
      },
    }),
    line({
      id: 'I7.reply',
      title: 'the lease runs out before the reply, and another process gets the message',
      expected: 'one effect, the same reply',
      faults: { P: inventory.stand(pastLeaseMs, 'consume.before-reply@order.placed', together) },
    }),
    line({
      id: 'I7.ack',
      title: 'the lease runs out before the acknowledgement, and another process gets the message',
      expected: 'one effect, the same reply',
      faults: { P: inventory.stand(pastLeaseMs, 'consume.before-ack@order.paid', together) },
    }),
    line({
      id: 'Q7',
      title: 'the lease runs out over an answer, and another process gets it',
      expected: 'one effect',
      faults: {
        K: order.kill('consume.before-commit@stock.reserved', together),
        P: order.stand(pastLeaseMs, 'consume.before-commit@stock.reserved', together),
      },
    }),
    [comingAndGoing('order'), comingAndGoing('inventory')],
  ].flat(),
};
