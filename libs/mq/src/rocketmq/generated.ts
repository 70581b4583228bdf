/**
 * The generated protocol files are CommonJS that exports dynamically: in ESM they have a default export only, and need their
 * suffix. Everything else in this folder takes them from here.
 */
import definition from 'rocketmq-client-nodejs/proto/apache/rocketmq/v2/definition_pb.js';
import grpc from 'rocketmq-client-nodejs/proto/apache/rocketmq/v2/service_grpc_pb.js';
import service from 'rocketmq-client-nodejs/proto/apache/rocketmq/v2/service_pb.js';

export const {
  ClientType,
  Code,
  DigestType,
  Encoding,
  FilterType,
  MessageType,
  Resource,
  Status,
  TransactionResolution,
} = definition;
export const { MessagingServiceClient } = grpc;
export const {
  AckMessageRequest,
  AckMessageResponse,
  HeartbeatRequest,
  NotifyClientTerminationRequest,
  NotifyClientTerminationResponse,
  QueryRouteRequest,
  RecallMessageRequest,
  ReceiveMessageResponse,
} = service;
