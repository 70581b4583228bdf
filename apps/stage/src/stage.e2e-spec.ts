import { rm } from 'node:fs/promises';
import { get, type IncomingMessage } from 'node:http';
import { join } from 'node:path';
import { createLogger, createService } from '@halfway/service';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { Registry } from 'prom-client';
import type { Audit } from '../../../scenarios/audit/audit.js';
import { scenarios } from '../../../scenarios/stories/all.js';
import { HttpClient } from '../../../scenarios/support/http.js';
import { root } from '../../../scenarios/support/stack.js';
import { System } from '../../../scenarios/support/system.js';
import type { RunRecord } from './domain/run.js';
import { stageService } from './stage.service.js';

/** A stack of its own, because one scenario kills the broker; the services as they are built in dist/. */
let system: System;
let app: NestFastifyApplication;
let stage: HttpClient;
const folder = join(root, '.data', `stage-${process.pid}`);
const runsFolder = `${folder}-runs`;
beforeAll(async () => {
  const log: string[] = [];
  system = await System.start({ profile: 'test', ports: 'free', folder, faults: true, log: (line) => log.push(line) });
  const logger = createLogger({ name: 'stage', level: 'warn' });
  app = await createService(stageService({ system, runsFolder, logger, registry: new Registry() }));
  await app.listen(0, '127.0.0.1');
  stage = new HttpClient(await app.getUrl());
}, 180_000);
afterAll(async () => {
  stage?.close();
  await app?.close();
  await system?.stop();
  await rm(runsFolder, { recursive: true, force: true });
}, 60_000);

interface ServerSentEvent {
  readonly id?: string;
  readonly event?: string;
  readonly data: string;
}

/** Reads the stream to its end. */
async function follow(
  runId: string,
  headers: Readonly<Record<string, string>> = {},
): Promise<readonly ServerSentEvent[]> {
  const answer = await new Promise<IncomingMessage>((resolve, reject) => {
    const options = { headers: { accept: 'text/event-stream', ...headers } };
    get(new URL(`/runs/${runId}`, stage.baseUrl), options, resolve).once('error', reject);
  });
  expect(answer.headers['content-type']).toBe('text/event-stream; charset=utf-8');
  let text = '';
  for await (const chunk of answer) text += String(chunk);
  return text
    .split('\n\n')
    .filter((block) => block.includes('data: '))
    .map((block) => Object.fromEntries(block.split('\n').map((line) => line.split(/: (.*)/s).slice(0, 2))));
}

const play = async (name: string, body?: object): Promise<RunRecord | undefined> =>
  (await stage.send<RunRecord>({ method: 'POST', path: `/scenarios/${name}/runs`, body })).body;

it.each(scenarios.map(({ name, title }) => ({ name, title })))(
  '$name: $title',
  async ({ name }) => {
    const { runId = '' } = (await play(name)) ?? {};
    const events = await follow(runId);
    const steps = events.filter(({ event }) => event === 'step');
    const run: RunRecord = JSON.parse(events.at(-1)?.data ?? '{}');
    if (run.state !== 'HOLDS') throw new Error(`${name} is ${run.state}:\n${JSON.stringify(run, null, 2)}`);
    expect(steps.map(({ data }) => JSON.parse(data))).toEqual(run.steps);
    expect(steps.length).toBeGreaterThan(0);
    expect((await stage.send<RunRecord>({ method: 'GET', path: `/runs/${runId}` })).body).toEqual(run);
  },
  180_000,
);

describe('the stage', () => {
  it('lists what can be played', async () => {
    const { body } = await stage.send<{ scenarios: readonly { name: string }[] }>({
      method: 'GET',
      path: '/scenarios',
    });
    expect(body?.scenarios.map(({ name }) => name)).toEqual(scenarios.map(({ name }) => name));
  });

  it('tells what can be played as the flow has it', async () => {
    const told = async (query: string) => {
      const answer = await stage.send<{ scenarios: readonly { name: string; title: string }[] }>({
        method: 'GET',
        path: `/scenarios${query}`,
      });
      return answer.body?.scenarios.find(({ name }) => name === 'rolled-back')?.title;
    };
    expect(await told('')).toBe('the local transaction fails: the message never arrives');
    expect(await told('?flow=return-on-failure')).toBe('the local transaction fails: the stock goes back');
  });

  it('lists the runs, the newest first, without their steps', async () => {
    const { body } = await stage.send<{ runs: readonly object[] }>({ method: 'GET', path: '/runs?limit=2' });
    const [last, beforeLast] = scenarios.toReversed().map(({ name }) => ({ scenario: name, state: 'HOLDS' }));
    expect(body?.runs).toMatchObject([last, beforeLast]);
    expect(body?.runs[0]).not.toHaveProperty('steps');
  });

  it('goes on after the last event that a follower has seen', async () => {
    const { body } = await stage.send<{ runs: readonly RunRecord[] }>({ method: 'GET', path: '/runs?limit=1' });
    const { runId = '' } = body?.runs[0] ?? {};
    const all = await follow(runId);
    expect(await follow(runId, { 'last-event-id': '0' })).toEqual(all.slice(1));
  });

  it('audits at any moment, and by the strict rules when everything is quiet', async () => {
    for (const path of ['/audit', '/audit?settled=true']) {
      const { status, body } = await stage.send<Audit>({ method: 'GET', path });
      expect({ status, holds: body?.holds }).toEqual({ status: 200, holds: true });
      expect(body?.orders).toBeGreaterThan(0);
    }
  });

  it('plays one run after the other', async () => {
    const runs = await Promise.all([play('happy-path'), play('out-of-stock')]);
    const ended = await Promise.all(
      runs.map(async (run) => JSON.parse((await follow(run?.runId ?? '')).at(-1)?.data ?? '{}')),
    );
    const [first, second]: RunRecord[] = ended.toSorted((a: RunRecord, b: RunRecord) => (a.runId < b.runId ? -1 : 1));
    expect([first?.state, second?.state]).toEqual(['HOLDS', 'HOLDS']);
    expect(Date.parse(second?.startedAt ?? '')).toBeGreaterThanOrEqual(Date.parse(first?.endedAt ?? ''));
  });

  it('plays a scenario in the other flow when it is asked to', async () => {
    const { runId = '', flow } = (await play('out-of-stock', { flow: 'return-on-failure' })) ?? {};
    const run: RunRecord = JSON.parse((await follow(runId)).at(-1)?.data ?? '{}');
    expect([flow, run.flow, run.state]).toEqual(['return-on-failure', 'return-on-failure', 'HOLDS']);
    const checks = run.verdict?.checks ?? [];
    expect(checks).toContainEqual(expect.objectContaining({ actual: 'REJECTED' }));
  });

  it('has a page for people, whose script and style are its own', async () => {
    for (const path of ['/', '/stage.js', '/stage.css']) {
      expect((await stage.send({ method: 'GET', path })).status).toBe(200);
    }
  });

  it.each([
    ['POST', '/scenarios/no-such-thing/runs', 404, 'SCENARIO_NOT_FOUND'],
    ['GET', '/runs/01900000-0000-7000-8000-000000000000', 404, 'RUN_NOT_FOUND'],
    ['GET', '/runs/../../etc/passwd', 404, 'ROUTE_NOT_FOUND'],
    ['GET', '/runs/no-uuid', 400, 'VALIDATION_FAILED'],
    ['GET', '/audit?settled=perhaps', 400, 'VALIDATION_FAILED'],
    ['GET', '/runs?limit=0', 400, 'VALIDATION_FAILED'],
    ['GET', '/scenarios?flow=backwards', 400, 'VALIDATION_FAILED'],
  ] as const)('answers %s %s with %i %s', async (method, path, status, code) => {
    const answer = await stage.send({ method, path });
    expect({ status: answer.status, code: answer.problem?.code }).toEqual({ status, code });
  });

  it.each([
    [{ flow: 'backwards' }, '/flow'],
    [{ flow: null }, '/flow'],
    [{ speed: 2 }, '/speed'],
  ])('answers a run with %j with 400, and says where it is wrong', async (body, pointer) => {
    const path = '/scenarios/happy-path/runs';
    const { status, problem } = await stage.send({ method: 'POST', path, body });
    expect({ status, code: problem?.code, pointer: problem?.errors?.[0]?.pointer }).toEqual({
      status: 400,
      code: 'VALIDATION_FAILED',
      pointer,
    });
  });

  it.each([
    ['origin', 'https://elsewhere.example'],
    ['host', 'elsewhere.example'],
  ])('refuses what another web page sends: %s %s', async (header, value) => {
    const path = '/scenarios/happy-path/runs';
    const { status, problem } = await stage.send({ method: 'POST', path, headers: { [header]: value } });
    expect({ status, code: problem?.code }).toEqual({ status: 403, code: 'FOREIGN_REQUEST' });
  });
});
