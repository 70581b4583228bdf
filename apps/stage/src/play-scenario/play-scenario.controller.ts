import { ApiProblems } from '@halfway/service';
import { Body, Controller, HttpCode, Param, Post, Res } from '@nestjs/common';
import { ApiBody, ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { FlowRequest } from '../flow.request.js';
import { RunQueue } from '../run-queue.js';
import { RunResponse } from '../run.response.js';

@ApiTags('scenarios')
@Controller('scenarios')
export class PlayScenarioController {
  constructor(private readonly queue: RunQueue) {}

  @Post(':name/runs')
  @HttpCode(202)
  @ApiOperation({
    summary: 'Plays a scenario against the running system.',
    description: 'Runs play one after the other. Follow one with GET /runs/:runId.',
  })
  @ApiBody({ type: FlowRequest, required: false })
  @ApiResponse({
    status: 202,
    type: RunResponse,
    headers: { Location: { description: 'Where the run is.', schema: { type: 'string' } } },
  })
  @ApiProblems({ 404: 'No such scenario.' })
  async play(
    @Param('name') name: string,
    @Body() { flow }: FlowRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<RunResponse> {
    const run = await this.queue.add(name, flow);
    reply.header('location', `/runs/${run.runId}`);
    return run;
  }
}
