import { TimelineResponse, toTimeline } from '@halfway/contracts';
import { Journal } from '@halfway/mq';
import { ApiProblems } from '@halfway/service';
import { Controller, Get, Param } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { TimelineParams } from './view-timeline.request.js';

@ApiTags('stock')
@Controller('reservations')
export class ViewTimelineController {
  constructor(private readonly journal: Journal) {}

  @Get(':orderId/timeline')
  @ApiOperation({
    summary: "The inventory's part of an order's life, step by step.",
    description: 'Empty for an order it has not heard of: whether there is one is for the order service to say.',
  })
  @ApiOkResponse({ type: TimelineResponse })
  @ApiProblems()
  async timeline(@Param() { orderId }: TimelineParams): Promise<TimelineResponse> {
    return toTimeline('inventory', orderId, await this.journal.lifeOf(orderId));
  }
}
