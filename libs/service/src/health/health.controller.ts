import { Controller, Get, Inject, Res } from '@nestjs/common';
import { ApiExcludeController, ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import type { Registry } from 'prom-client';
import { type HealthCheck, type Readiness, readinessOf } from './health-check.js';

/** Injection token of the service's checks. */
export const HEALTH_CHECKS = Symbol('HEALTH_CHECKS');
/** Injection token of the prom-client registry that `/metrics` shows. */
export const METRICS_REGISTRY = Symbol('METRICS_REGISTRY');

@ApiTags('health')
@Controller('health')
export class HealthController {
  constructor(@Inject(HEALTH_CHECKS) private readonly checks: readonly HealthCheck[]) {}

  @Get('live')
  @ApiOperation({ summary: 'The process runs and answers; says nothing of what it depends on.' })
  @ApiResponse({ status: 200 })
  live(): { status: 'live' } {
    return { status: 'live' };
  }

  @Get('ready')
  @ApiOperation({ summary: 'Everything the service needs is there.' })
  @ApiResponse({ status: 200 })
  @ApiResponse({ status: 503, description: 'Something is down; `checks` says what, and what to do.' })
  async ready(@Res({ passthrough: true }) reply: FastifyReply): Promise<Readiness> {
    const readiness = await readinessOf(this.checks);
    reply.code(readiness.status === 'ready' ? 200 : 503).header('cache-control', 'no-store');
    return readiness;
  }
}

@ApiExcludeController()
@Controller('metrics')
export class MetricsController {
  constructor(@Inject(METRICS_REGISTRY) private readonly registry: Registry) {}

  @Get()
  async metrics(@Res({ passthrough: true }) reply: FastifyReply): Promise<string> {
    reply.header('content-type', this.registry.contentType);
    return this.registry.metrics();
  }
}
