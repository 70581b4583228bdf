import { mergeTimelines, TimelineResponse, toTimeline } from '@halfway/contracts';
import { Journal } from '@halfway/mq';
import { ApiProblems } from '@halfway/service';
import { Controller, Get, Param } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiParam, ApiTags } from '@nestjs/swagger';
import { OrderNotFoundError } from '../domain/order.errors.js';
import { OrderIdParams } from '../order-id.params.js';
import { OrderReader } from '../persistence/order.reader.js';
import { InventoryTimeline } from './inventory-timeline.js';

@ApiTags('orders')
@Controller('orders')
export class ViewTimelineController {
  constructor(
    private readonly reader: OrderReader,
    private readonly journal: Journal,
    private readonly inventory: InventoryTimeline,
  ) {}

  @Get(':orderId/timeline')
  @ApiOperation({
    summary: "An order's life across both services, step by step.",
    description:
      'From half message to end-to-end acknowledgement, with time, process and message id. It is told a moment behind and may have ' +
      'lost the last steps of a killed process; nothing decides by it. Without the inventory it is incomplete, and says so.',
  })
  @ApiParam({ name: 'orderId', schema: { type: 'string', format: 'uuid' } })
  @ApiOkResponse({ type: TimelineResponse })
  @ApiProblems({ 404: 'No such order, and no step of an attempt to place one.' })
  async timeline(@Param() { orderId }: OrderIdParams): Promise<TimelineResponse> {
    const [life, theirs] = await Promise.all([this.journal.lifeOf(orderId), this.inventory.of(orderId)]);
    const timeline = mergeTimelines(toTimeline('order', orderId, life), theirs);
    // An attempt that was undone left no order; what is known of it is shown all the same.
    if (timeline.steps.length === 0 && !(await this.reader.find(orderId))) throw new OrderNotFoundError(orderId);
    return timeline;
  }
}
