/** `@halfway/mq/testing`: tools for tests. */
export { deliver, type DeliveredReply, type DeliverOptions } from './consuming/deliver.testing.js';
export { open, read, replyId, seal, toOutgoing, type Envelope, type Opened } from './envelope.js';
export { RocketConsumer, type RocketConsumerOptions } from './rocketmq/rocketmq-consumer.js';
export { RocketProducer, type RocketProducerOptions } from './rocketmq/rocketmq-producer.js';
export { describeTopic } from './rocketmq/topology-check.js';
export type {
  CheckBack,
  HalfMessage,
  IncomingMessage,
  LeasedMessage,
  OutgoingMessage,
  TopicDescription,
} from './rocketmq/wire.js';
export { localTransactionsOn } from './transaction/local-transactions.testing.js';
