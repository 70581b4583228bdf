import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { root } from '../../stack/paths.mjs';
import { defaultPorts } from '../../stack/ports.mjs';
import { rocketmqVersion } from '../../stack/rocketmq/install.mjs';
import { deadLetterTopic, readTopology } from '../../stack/rocketmq/provision.mjs';

// Compose cannot be run where this repository is made. What can be held against stack/ without Docker is held here.

interface Service {
  readonly image: string;
  readonly build?: string;
  readonly restart?: string;
  readonly command?: readonly string[];
  readonly entrypoint?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly volumes?: readonly string[];
  readonly ports?: readonly string[];
  readonly healthcheck?: { readonly test: readonly string[] };
  readonly mem_limit?: string;
  readonly depends_on?: Readonly<Record<string, { readonly condition: string }>>;
}

const text = (path: string): string => readFileSync(join(root, path), 'utf8');
const compose: { services: Record<string, Service>; volumes: Record<string, unknown> } = parse(
  text('docker-compose.yml'),
  { merge: true },
);

function service(name: string): Service {
  const found = compose.services[name];
  if (!found) throw new Error(`docker-compose.yml has no service ${name}`);
  return found;
}

const published = (name: string): string[] => (service(name).ports ?? []).map(String);
const megabytes = (size: string | undefined): number =>
  Number.parseInt(size ?? '', 10) * (/g$/i.test(size ?? '') ? 1024 : 1);

describe('the ports', () => {
  test('are the documented ones of the local stack, on this machine only', () => {
    expect(published('postgres')).toEqual([`127.0.0.1:${defaultPorts.postgres}:5432`]);
    expect(published('rocketmq')).toEqual([
      `127.0.0.1:${defaultPorts.proxyGrpc}:${defaultPorts.proxyGrpc}`,
      `127.0.0.1:${defaultPorts.metrics}:${defaultPorts.metrics}`,
    ]);
    expect([...published('order'), ...published('inventory')]).toEqual(['127.0.0.1:3000:3000', '127.0.0.1:3001:3001']);
  });

  test.each(['order', 'inventory'])('let %s find RocketMQ', (name) => {
    expect(service(name).environment?.['ROCKETMQ_ENDPOINT']).toBe(`rocketmq:${defaultPorts.proxyGrpc}`);
  });

  test('are asked by the health checks', () => {
    const probe = (name: string) => service(name).healthcheck?.test.join(' ');
    expect(probe('rocketmq-namesrv')).toContain(`/${defaultPorts.namesrv}`);
    expect(probe('rocketmq')).toContain(`/${defaultPorts.proxyGrpc}`);
    expect(probe('order')).toContain(':3000/health/ready');
    expect(probe('inventory')).toContain(':3001/health/ready');
  });

  test('in the templates are the documented ones, so that a template is a working configuration', () => {
    const broker = text('stack/rocketmq/broker.conf');
    expect(broker).toContain(`\nlistenPort=${defaultPorts.broker}\n`);
    expect(broker).toContain(`\nnamesrvAddr=127.0.0.1:${defaultPorts.namesrv}\n`);
    expect(broker).toContain(`\nmetricsPromExporterPort=${defaultPorts.metrics}\n`);
    expect(text('stack/rocketmq/namesrv.conf')).toContain(`listenPort=${defaultPorts.namesrv}`);
    expect(JSON.parse(text('stack/rocketmq/rmq-proxy.json'))).toMatchObject({
      grpcServerPort: defaultPorts.proxyGrpc,
      remotingListenPort: defaultPorts.proxyRemoting,
    });
  });
});

describe('the volume that RocketMQ starts from', () => {
  const folder = mkdtempSync(join(tmpdir(), 'halfway-compose-'));
  const read = (path: string): string => readFileSync(join(folder, path), 'utf8');

  beforeAll(() => {
    const config = service('rocketmq-config');
    const script = /node \/halfway\/(\S+) \/halfway\/rocketmq/.exec(config.entrypoint?.join('\n') ?? '')?.[1];
    const env = Object.entries(config.environment ?? {}).map(([key, value]) => [key, withDefault(value)]);
    execFileSync(process.execPath, [join(root, script ?? ''), folder], {
      env: { ...process.env, ...Object.fromEntries(env) },
    });
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  test('tells clients an address that resolves inside the network', () => {
    const advertised = /^brokerIP1=(.*)$/m.exec(read('broker.conf'))?.[1];
    expect(Object.keys(compose.services)).toContain(advertised);
    expect(service(advertised ?? '').entrypoint).toContain('org.apache.rocketmq.proxy.ProxyStartup');
  });

  test('has the broker find its name server', () => {
    const address = `rocketmq-namesrv:${defaultPorts.namesrv}`;
    expect(read('broker.conf')).toContain(`\nnamesrvAddr=${address}\n`);
    expect(JSON.parse(read('rmq-proxy.json'))).toMatchObject({ namesrvAddr: address });
    expect(service('rocketmq').entrypoint).toContain(address);
  });

  test('does not listen on the loopback only', () => {
    expect(read('namesrv.conf')).toContain('bindAddress=0.0.0.0');
    expect(read('broker.conf')).toMatch(/^bindAddress=0\.0\.0\.0$/m);
    expect(read('broker.conf')).toMatch(/^metricsPromExporterHost=0\.0\.0\.0$/m);
  });

  test('has every topic and every group before the broker starts', () => {
    const { topics, groups } = readTopology();
    const topicTable = JSON.parse(read('store/config/topics.json')).topicConfigTable;
    const groupTable = JSON.parse(read('store/config/subscriptionGroup.json')).subscriptionGroupTable;
    const types = Object.entries<{ attributes: Record<string, string> }>(topicTable).map(([name, topic]) => [
      name,
      topic.attributes['message.type'],
    ]);
    expect(Object.fromEntries(types)).toEqual({
      ...Object.fromEntries(topics.map(({ name, type }) => [name, type])),
      ...Object.fromEntries(groups.map((group) => [deadLetterTopic(group), 'NORMAL'])),
    });
    expect(Object.keys(groupTable)).toEqual(groups.map(({ name }) => name));
    expect(service('rocketmq-namesrv').depends_on).toHaveProperty('rocketmq-config');
  });

  test('is the one both JVMs are given', () => {
    expect(service('rocketmq-namesrv').entrypoint).toContain('/halfway/rocketmq/namesrv.conf');
    expect(service('rocketmq').entrypoint).toEqual(
      expect.arrayContaining(['/halfway/rocketmq/rmq-proxy.json', '/halfway/rocketmq/broker.conf']),
    );
  });
});

describe('RocketMQ', () => {
  test.each(['rocketmq-patch', 'rocketmq-namesrv', 'rocketmq'])('%s is the version of the local stack', (name) => {
    expect(service(name).image).toBe(`apache/rocketmq:${rocketmqVersion}`);
    expect(service(name).entrypoint?.join(' ')).toContain(`/rocketmq-${rocketmqVersion}/lib/*`);
  });

  test('has the patch in front of the jars', () => {
    const entrypoint = service('rocketmq').entrypoint ?? [];
    expect(entrypoint[entrypoint.indexOf('-cp') + 1]).toMatch(/^\/halfway\/rocketmq\/patch:/);
    expect(service('rocketmq-patch').entrypoint?.join(' ')).toContain('-d /halfway/rocketmq/patch /halfway/stack/');
  });

  test('gets more memory than it may use', () => {
    const flags = service('rocketmq').entrypoint?.join(' ') ?? '';
    const heap = megabytes(/-Xmx(\w+)/.exec(flags)?.[1]);
    const direct = megabytes(/MaxDirectMemorySize=(\w+)/.exec(flags)?.[1]);
    expect(megabytes(service('rocketmq').mem_limit)).toBeGreaterThanOrEqual(heap + direct + 256);
  });
});

describe('PostgreSQL', () => {
  test('has the settings and the roles of the local stack', () => {
    expect(service('postgres').volumes).toEqual(
      expect.arrayContaining([
        './stack/postgres/postgresql.conf:/etc/halfway/postgresql.conf:ro',
        './stack/postgres/init.sql:/docker-entrypoint-initdb.d/10-halfway.sql:ro',
      ]),
    );
    expect(service('postgres').command).toContain('config_file=/etc/halfway/postgresql.conf');
  });

  test.each([
    ['order', 'ORDER_DATABASE_URL', 'halfway_app', 'halfway_order'],
    ['inventory', 'INVENTORY_DATABASE_URL', 'halfway_app', 'halfway_inventory'],
    ['migrate-order', 'ORDER_MIGRATION_DATABASE_URL', 'halfway_owner', 'halfway_order'],
    ['migrate-inventory', 'INVENTORY_MIGRATION_DATABASE_URL', 'halfway_owner', 'halfway_inventory'],
  ])('%s connects as the role that init.sql makes for it', (name, variable, role, database) => {
    const url = new URL(service(name).environment?.[variable] ?? '');
    expect([url.username, url.host, url.pathname]).toEqual([role, 'postgres:5432', `/${database}`]);
    expect(text('stack/postgres/init.sql')).toContain(`create role ${role} login`);
    expect(text('stack/postgres/init.sql')).toContain(`create database ${database} owner halfway_owner`);
  });
});

describe('the services', () => {
  test.each(['order', 'inventory'])('%s is given only variables that it reads', (name) => {
    const files = readdirSync(join(root, 'apps', name, 'src'), { recursive: true, encoding: 'utf8' });
    const source = files
      .filter((file) => file.endsWith('.ts'))
      .map((file) => text(`apps/${name}/src/${file}`))
      .join();
    for (const variable of Object.keys(service(name).environment ?? {})) expect(source).toContain(`'${variable}'`);
  });

  test.each(['order', 'inventory'])('%s is migrated by the program that "npm run migrate" runs', (name) => {
    const { scripts } = JSON.parse(text('package.json'));
    expect(scripts.migrate).toContain(service(`migrate-${name}`).command?.join(' '));
  });
});

describe('every service', () => {
  const all = Object.entries(compose.services);

  test.each(all)('%s waits for what can come true', (_, { depends_on = {} }) => {
    const hopeless = Object.entries(depends_on).filter(([name, { condition }]) => {
      const { healthcheck, restart = 'no' } = service(name);
      return condition === 'service_healthy' ? !healthcheck : restart !== 'no'; // what shall complete must be allowed to end
    });
    expect(hopeless).toEqual([]);
  });

  test.each(all)('%s mounts files that exist and volumes that are declared', (_, { volumes = [] }) => {
    const missing = volumes
      .map((volume) => volume.split(':')[0] ?? '')
      .filter((source) => (source.startsWith('.') ? !existsSync(join(root, source)) : !(source in compose.volumes)));
    expect(missing).toEqual([]);
  });

  test.each(all.filter(([, { restart = 'no' }]) => restart !== 'no'))('%s has a memory limit', (_, { mem_limit }) => {
    expect(megabytes(mem_limit)).toBeGreaterThan(0);
  });
});

/** What Compose makes of `${NAME:-value}` when nobody sets NAME. */
function withDefault(value: string): string {
  return value.replaceAll(/\$\{\w+:-([^}]*)\}/g, '$1');
}
