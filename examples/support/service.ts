import { LocalTransactions, MqModule, Producer, Quarantine, type MqOptions } from '@halfway/mq';
import { Module, type Provider } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { Registry } from 'prom-client';

export interface ServiceOptions extends Pick<MqOptions, 'source' | 'publishes' | 'pool' | 'timings'> {
  /** What has `@On` and `@CheckBack` methods. */
  readonly providers: Provider[];
}

export interface Service {
  readonly producer: Producer;
  readonly localTransactions: LocalTransactions;
  readonly quarantine: Quarantine;
  close(): Promise<void>;
}

/** What `main.ts` and the root module of a service do, without HTTP. */
export async function startService(options: ServiceOptions & Pick<MqOptions, 'connection' | 'log'>): Promise<Service> {
  const { providers, ...mq } = options;
  @Module({ imports: [MqModule.forRoot({ ...mq, registry: new Registry() })], providers })
  class ExampleModule {}
  const app = await NestFactory.createApplicationContext(ExampleModule, { logger: false, abortOnError: false });
  return {
    producer: app.get(Producer),
    localTransactions: app.get(LocalTransactions),
    quarantine: app.get(Quarantine),
    close: () => app.close(),
  };
}
