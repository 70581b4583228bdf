import { ApiProperty } from '@nestjs/swagger';
import { IsIn, ValidateIf } from 'class-validator';
import { defaultFlow, type Flow, flows } from '../../../scenarios/support/flow.js';

/** In which flow a scenario is told and played; `null` is not "not said". */
export class FlowRequest {
  @ApiProperty({
    enum: flows,
    default: defaultFlow,
    required: false,
    description: 'How orders are placed, as in POST /orders.',
  })
  @ValidateIf(({ flow }: FlowRequest) => flow !== undefined)
  @IsIn(flows)
  readonly flow?: Flow;
}
