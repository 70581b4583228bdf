import { TrafficMeter } from './traffic.js';

it('counts per order, without what passes all the time and without what never happens', async () => {
  let sent = 100;
  const look = async () => ({ sent, polled: performance.now(), returned: 0 });
  const meter = new TrafficMeter(look, 50);
  await meter.calibrate();
  sent += 7;
  await meter.begin();
  sent += 6;
  const { polled, ...perOrder } = await meter.perOrder(2);
  expect(perOrder).toEqual({ sent: 3 });
  expect(Math.abs(polled ?? Number.NaN)).toBeLessThan(5);
});
