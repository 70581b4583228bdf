import type { Life } from '@halfway/mq';
import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import { IsArray, IsBoolean, IsInt, IsISO8601, IsOptional, IsString, ValidateNested } from 'class-validator';

/** A step of an order's life. What the order service is answered by the inventory is input like any other, so it is validated. */
export class TimelineStepResponse {
  @ApiProperty({ format: 'date-time', description: 'By the clock of the process, with milliseconds.' })
  @IsISO8601()
  readonly at: string;
  @ApiProperty({ example: 'order' })
  @IsString()
  readonly service: string;
  @ApiPropertyOptional({ example: '4711@host', description: 'Absent when it was read from the transaction log.' })
  @IsOptional()
  @IsString()
  readonly process?: string;
  @ApiProperty({ example: 'event received', description: 'The same words as in the log.' })
  @IsString()
  readonly step: string;
  @ApiPropertyOptional({ example: 'order.placed' })
  @IsOptional()
  @IsString()
  readonly eventType?: string;
  @ApiPropertyOptional({ description: "The broker's id of this copy." })
  @IsOptional()
  @IsString()
  readonly messageId?: string;
  @ApiPropertyOptional({ format: 'uuid' })
  @IsOptional()
  @IsString()
  readonly transactionId?: string;
  @ApiPropertyOptional({ type: 'integer', description: '1 for the first delivery, check-back or sending.' })
  @IsOptional()
  @IsInt()
  readonly attempt?: number;
  @ApiPropertyOptional({ example: 'commit', description: 'A verdict, a decision, or why it went wrong.' })
  @IsOptional()
  @IsString()
  readonly detail?: string;
}

export class MissingStepsResponse {
  @ApiProperty({ example: 'inventory' })
  @IsString()
  readonly service: string;
  @ApiProperty({ example: 'did not answer within 1000 ms' })
  @IsString()
  readonly reason: string;
}

export class TimelineResponse {
  @ApiProperty({ format: 'uuid' })
  @IsString()
  readonly orderId: string;
  @ApiProperty({ description: 'False when "missing" says why steps may be missing.' })
  @IsBoolean()
  readonly complete: boolean;
  @ApiProperty({ type: [MissingStepsResponse] })
  @IsArray()
  @ValidateNested({ each: true })
  @Type(() => MissingStepsResponse)
  readonly missing: readonly MissingStepsResponse[];
  @ApiProperty({ type: [TimelineStepResponse], description: 'By time.' })
  @IsArray()
  @ValidateNested({ each: true })
  @Type(() => TimelineStepResponse)
  readonly steps: readonly TimelineStepResponse[];
}

/** What one service knows. */
export function toTimeline(service: string, orderId: string, { steps, missing }: Life): TimelineResponse {
  return {
    orderId,
    complete: missing === undefined,
    missing: missing === undefined ? [] : [{ service, reason: missing }],
    steps: steps.map(({ at, ...step }) => ({ at: at.toISOString(), service, ...step })),
  };
}

/** By time; steps of one millisecond stay in the order of their service. */
export function mergeTimelines(mine: TimelineResponse, theirs: TimelineResponse): TimelineResponse {
  return {
    orderId: mine.orderId,
    complete: mine.complete && theirs.complete,
    missing: [...mine.missing, ...theirs.missing],
    steps: [...mine.steps, ...theirs.steps].sort((a, b) => Date.parse(a.at) - Date.parse(b.at)),
  };
}
