import { Readable } from 'node:stream';
import { ApiProblems } from '@halfway/service';
import { Controller, Get, Headers, Param, Query, Res } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiProduces, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { RunNotFoundError } from '../domain/stage.errors.js';
import { RunQueue } from '../run-queue.js';
import { RunResponse } from '../run.response.js';
import { toServerSentEvents } from './run-events.js';
import { ListRunsRequest, RunIdParams } from './run.request.js';
import { RunsResponse } from './runs.response.js';

@ApiTags('runs')
@Controller('runs')
export class ViewRunController {
  constructor(private readonly queue: RunQueue) {}

  @Get(':runId')
  @ApiOperation({
    summary: 'A run: its steps, its timeline, its verdict.',
    description:
      'With "Accept: text/event-stream" as Server-Sent Events while it plays: an event "step" for each step from the first, ' +
      'and an event "end" with the whole run. "Last-Event-ID" goes on after that step.',
  })
  @ApiProduces('application/json', 'text/event-stream')
  @ApiOkResponse({ type: RunResponse })
  @ApiProblems({ 404: 'No such run.' })
  async view(
    @Param() { runId }: RunIdParams,
    @Headers('accept') accept = '',
    @Headers('last-event-id') lastEventId: string | undefined,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const run = await this.queue.find(runId);
    if (!run) throw new RunNotFoundError(runId);
    if (!accept.includes('text/event-stream')) {
      await reply.header('content-type', 'application/json; charset=utf-8').send(run.record);
      return;
    }
    const seen = /^\d{1,9}$/.test(lastEventId ?? '') ? Number(lastEventId) : -1;
    await reply
      .header('content-type', 'text/event-stream; charset=utf-8')
      .header('cache-control', 'no-store')
      .send(Readable.from(toServerSentEvents(run.follow(seen + 1))));
  }

  @Get()
  @ApiOperation({ summary: 'The latest runs without their steps, newest first.' })
  @ApiOkResponse({ type: RunsResponse })
  @ApiProblems()
  async list(@Query() { limit = 20 }: ListRunsRequest): Promise<RunsResponse> {
    const runs = await this.queue.latest(limit);
    return { runs: runs.map(({ steps: _steps, verdict: _verdict, ...run }) => run) };
  }
}
