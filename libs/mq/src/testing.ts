/** `@halfway/mq/testing`: tools for tests. */
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
