export {
  connect,
  MqClient,
  type ConnectOptions,
  type MessageOf,
  type Receive,
  type SubscribeOptions,
} from './client/mq-client.js';
export type { DeadLetter, DeadLetters } from './client/dead-letters.js';
export type { Subscription } from './client/subscription.js';
export { Quarantine, QuarantineError, type QuarantinedMessage, type QuarantineFilter } from './consuming/quarantine.js';
export {
  CheckBack,
  On,
  OnBatch,
  type BatchHandler,
  type CheckBackMethod,
  type Handler,
  type HandlerResult,
  type OnBatchOptions,
  type OnOptions,
} from './decorators.js';
export type { Delivery } from './delivery.js';
export type { AskedHalf, Half, VerdictOutcome } from './half/half.js';
export { surviveConnectionLoss } from './connection-loss.js';
export { DELAY_LEVELS, delayLevelMs, type DelayLevel } from './delay-level.js';
export { sql, tag, type Filter } from './filter.js';
export type { Labels } from './labels.js';
export { Journal } from './journal/journal.js';
export type { Life, LifeStep } from './journal/life.js';
export type { Facts } from './journal/step.js';
export type { LocalTransaction, Rows, Statement } from './local-transaction.js';
export { message, type Fields, type MessageClass } from './message.js';
export { mqMigrations } from './migrations.js';
export { MQ_OPTIONS, type MqOptions, type MqTimings, type ReachedPoint } from './mq.config.js';
export { MqModule, type MqAsyncOptions } from './mq.module.js';
export {
  BrokerUnavailableError,
  ConfigurationError,
  DelayOutOfRangeError,
  InvalidMessageError,
  MessageRefusedError,
  MqError,
  StatementSwallowedError,
  TransactionFencedError,
  TransactionInDoubtError,
  UnprocessableMessageError,
} from './mq.errors.js';
export { LocalTransactions, Producer, type SendInTransactionOptions } from './producer.js';
export { MqHealth, type MqReadiness } from './registry/health.js';
export type { Part } from './registry/runtime.js';
export { reply, type Reply } from './reply.js';
export type { Retry } from './rocketmq/retry.js';
export { describeTopic } from './rocketmq/topology-check.js';
export type {
  Connection,
  Log,
  QueueRoute,
  SendReceipt,
  TopicDescription,
  TopicType,
  Verdict,
} from './rocketmq/wire.js';
export type { SendCallback, SendOptions, Sender, When } from './sender.js';
export {
  delayedTopic,
  orderedTopic,
  plainTopic,
  transactionalTopic,
  type EventKind,
  type EventToken,
  type Topic,
  type TopicToken,
} from './topic.js';
export { readTimings } from './transaction/timings.js';
