import { Producer, StatusChecker, type Endpoints, type ILogger, type TransactionChecker } from 'rocketmq-client-nodejs';
import type { RecoverOrphanedTransactionCommand } from 'rocketmq-client-nodejs/proto/apache/rocketmq/v2/service_pb.js';
import { clientOptions } from './client-options.js';
import { RecallMessageRequest, Resource } from './generated.js';
import { credentialsOf } from './channel.js';
import { Hardened } from './hardened-client.js';
import type { Connection } from './wire.js';

interface Options {
  readonly connection: Connection;
  /** All of them, here: a topic learnt later is announced after 5 minutes only, and check-backs go to who announced it. */
  readonly topics: readonly string[];
  readonly checker?: TransactionChecker;
  readonly logger: ILogger;
}

export class HardenedProducer extends Hardened(Producer) {
  constructor({ connection, topics, checker, logger }: Options) {
    super({
      ...clientOptions(connection, logger),
      topics: [...topics],
      // One attempt: an ambiguous failure may have stored the message, and only our caller knows whether twice is harmless.
      maxAttempts: 1,
      ...(checker ? { checker } : {}),
    });
    this.harden(credentialsOf(connection));
  }

  /** The client's decoding of a command stands outside of its try: an odd one would be an unhandled rejection. */
  override async onRecoverOrphanedTransactionCommand(
    endpoints: Endpoints,
    command: RecoverOrphanedTransactionCommand,
  ): Promise<void> {
    try {
      // Through the mixin only the base's signature is seen, which says void.
      const answered: unknown = super.onRecoverOrphanedTransactionCommand(endpoints, command);
      await answered;
    } catch (error) {
      this.logger.warn('check-back could not be read: %s', error);
    }
  }

  /** As recallMessage() of the client, which hides the status code in a text. */
  async recall(topic: string, handle: string): Promise<void> {
    const request = new RecallMessageRequest().setTopic(new Resource().setName(topic)).setRecallHandle(handle);
    const response = await this.rpcClientManager.recallMessage(this.endpoints, request, this.requestTimeout);
    StatusChecker.check(response.getStatus()?.toObject());
  }
}
