import { ApiProperty } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import { IsIn, IsInt, IsUUID, Max, Min, ValidateIf } from 'class-validator';
import { ORDER_STATUSES, type OrderStatus } from '../domain/order-status.js';

/** Absent is fine, anything else must be right. */
const given = (field: keyof ListOrdersRequest): PropertyDecorator =>
  ValidateIf((request: ListOrdersRequest) => request[field] !== undefined);

export class ListOrdersRequest {
  @ApiProperty({ enum: ORDER_STATUSES, required: false })
  @given('status')
  @IsIn(ORDER_STATUSES)
  readonly status?: OrderStatus;

  @ApiProperty({ type: 'integer', minimum: 1, maximum: 100, default: 20, required: false })
  @given('limit')
  @Type(() => Number)
  @IsInt()
  @Min(1)
  @Max(100)
  readonly limit?: number;

  @ApiProperty({ format: 'uuid', required: false, description: '`next` of the page before.' })
  @given('after')
  @IsUUID()
  readonly after?: string;
}
