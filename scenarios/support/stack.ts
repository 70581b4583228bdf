import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

/** What the scenarios use of `stack/index.mjs`: RocketMQ and PostgreSQL on this machine. */
export interface Stack {
  readonly folder: string;
  readonly rocketmqEndpoint: string;
  /** Of the broker, in Prometheus' text format. */
  readonly metricsUrl: string;
  readonly orderDatabaseUrl: string;
  readonly inventoryDatabaseUrl: string;
  readonly orderOwnerUrl: string;
  readonly inventoryOwnerUrl: string;
  /** What somebody else runs; we neither start, kill nor stop it. */
  readonly external: {
    readonly rocketmqEndpoint?: string;
    readonly orderDatabaseUrl?: string;
    readonly inventoryDatabaseUrl?: string;
  };
  /** Only of the profile "secured": what a client must know. */
  readonly security?: { readonly accessKey: string; readonly secretKey: string; readonly caFile: string };
  readonly rocketmq: {
    kill(signal?: NodeJS.Signals): Promise<void>;
    start(): Promise<void>;
    /** Killed, and what it stored is gone. */
    lose(): Promise<void>;
    setQueues(topic: string, queues: number): Promise<void>;
  };
  readonly postgres: { kill(signal?: NodeJS.Signals): Promise<void>; start(): Promise<void> };
  /** The server's superuser. */
  readonly postgresAdminUrl: string;
  readonly pids: Readonly<Record<string, number>>;
  /** Of what we started ourselves. */
  readonly ports: Readonly<Record<string, number>>;
  stop(options?: { readonly discard?: boolean }): Promise<void>;
  /** From now on it outlives us. */
  release(): void;
}

export interface StackOptions {
  readonly profile: 'default' | 'demo' | 'test' | 'secured';
  readonly ports: 'default' | 'free';
  readonly folder?: string;
  readonly log: (line: string) => void;
}

interface StackModule {
  readonly startStack: (options: StackOptions) => Promise<Stack>;
  readonly attachStack: (options: { readonly folder: string; readonly log: (line: string) => void }) => Promise<Stack>;
}

/** The repository's root, from `scenarios/` as well as from `dist/scenarios/`. */
export const root = findRoot(dirname(fileURLToPath(import.meta.url)));

function findRoot(folder: string): string {
  return existsSync(join(folder, 'nest-cli.json')) ? folder : findRoot(dirname(folder));
}

/** Loaded by its path, as `stack/` is plain JavaScript that is not compiled to `dist/`. */
export async function stackModule(): Promise<StackModule> {
  return import(pathToFileURL(join(root, 'stack', 'index.mjs')).href);
}

interface PortsModule {
  readonly defaultPorts: Readonly<Record<string, number>>;
  /** `wanted` when nobody listens there, else a free one. */
  readonly freePort: (name: string, wanted?: number) => Promise<number>;
}

export async function portsModule(): Promise<PortsModule> {
  return import(pathToFileURL(join(root, 'stack', 'ports.mjs')).href);
}
