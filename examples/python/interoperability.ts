import { connect, message, orderedTopic } from '@halfway/mq';
import { IsString } from 'class-validator';
import { example } from '../support/example.js';
import { installPython, NoPythonError, startPython, type Told } from './python.js';

class StepTaken extends message('step.taken') {
  @IsString() readonly orderId: string;
  @IsString() readonly name: string;
}
const steps = orderedTopic('example-python', { events: { taken: StepTaken }, key: ({ orderId }) => orderId });

/** Not one of the text's own: it needs Python and PyPI. `npm run test:python` */
export const interoperability = example(
  'python',
  'a Python program with the official client consumes our ordered events, and we consume what it sends',
  async ({ here, say, skip, expect, until, closing }) => {
    await installPython().catch((error: unknown) => {
      if (error instanceof NoPythonError) skip(error.message);
      throw error;
    });
    const ours = closing(await connect({ ...here, publishes: [steps] }));
    const fromPython: { readonly key: string; readonly name: string }[] = [];
    await ours.subscribe(steps, { group: 'example-python-ours' }, ({ orderId, name }, { source }) => {
      if (source === `python/${here.source}`) fromPython.push({ key: orderId, name });
    });

    const args = [here.connection.endpoint, steps.topic.name, 'example-python-theirs', here.source];
    const python = closing(startPython(args, (line) => say(`python: ${line}`)));
    await until('the Python program is ready', () => python.told.length > 0, 60_000);
    say('a Python program with rocketmq-python-client is started: a producer and a push consumer');

    const orders = ['order-1', 'order-2'];
    const names = ['created', 'paid', 'shipped'];
    for (const name of names) for (const orderId of orders) await ours.send(steps.taken, { orderId, name });
    const received = (): readonly Told[] => python.told.filter(({ event }) => event === 'received');
    await until('Python has them all', () => received().length >= 6, 60_000);
    for (const told of received()) say(`python: ${JSON.stringify(told)}`);
    for (const orderId of orders) {
      const bodies = received()
        .filter(({ key }) => key === orderId)
        .map(({ body }) => body);
      expect(
        `Python got our events of ${orderId} in their order`,
        bodies,
        names.map((name) => ({ orderId, name })),
      );
    }

    for (const name of names) for (const orderId of orders) python.send({ orderId, name });
    await until('we have all of Python’s', () => fromPython.length >= 6, 60_000);
    for (const told of python.told.filter(({ event }) => event === 'sent')) say(`python: ${JSON.stringify(told)}`);
    for (const orderId of orders) {
      const got = fromPython.filter(({ key }) => key === orderId).map(({ name }) => name);
      expect(`we got Python's events of ${orderId} in their order`, got, names);
    }
  },
);
