import { join } from 'node:path';
import { tellStory } from './report/story.js';
import { styleFor } from './report/style.js';
import { scenarios } from './stories/all.js';
import { play } from './support/play.js';
import { root } from './support/stack.js';
import { System } from './support/system.js';

/** A stack of its own, because one scenario kills the broker; the services as they are built in dist/. */
let system: System;
beforeAll(async () => {
  const folder = join(root, '.data', `scenarios-${process.pid}`);
  const log: string[] = [];
  system = await System.start({ profile: 'test', ports: 'free', folder, log: (line) => log.push(line) });
}, 180_000);
afterAll(() => system?.stop(), 60_000);

it.each(scenarios.map((scenario) => ({ scenario, name: scenario.name, title: scenario.title })))(
  '$name: $title',
  async ({ scenario }) => {
    const outcome = await play(scenario, system);
    if (outcome.result !== 'holds') throw new Error(`${scenario.name} fails:\n${tellStory(outcome, styleFor({}))}`);
  },
  180_000,
);
