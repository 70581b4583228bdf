import { IsPrintable } from '@halfway/service';
import { ApiProperty } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import {
  ArrayMaxSize,
  ArrayMinSize,
  ArrayUnique,
  IsArray,
  IsInt,
  IsUUID,
  Max,
  Min,
  ValidateNested,
} from 'class-validator';

/** The same limits as an order's, see POST /orders of the order service. */
export class ReserveLine {
  @ApiProperty({ minLength: 1, maxLength: 64, example: 'TEA-GREEN-100G' })
  @IsPrintable()
  readonly sku: string;

  @ApiProperty({ type: 'integer', minimum: 1, maximum: 1_000, example: 2 })
  @IsInt()
  @Min(1)
  @Max(1_000)
  readonly quantity: number;
}

export class ReserveRequest {
  @ApiProperty({ format: 'uuid', description: 'Of an attempt to place an order: new for every attempt.' })
  @IsUUID()
  readonly orderId: string;

  @ApiProperty({ type: [ReserveLine], minItems: 1, maxItems: 50, description: 'No sku twice.' })
  @IsArray()
  @ArrayMinSize(1)
  @ArrayMaxSize(50)
  @ArrayUnique((line?: ReserveLine) => line?.sku, { message: 'lines must not have a sku twice' })
  @ValidateNested({ each: true })
  @Type(() => ReserveLine)
  readonly lines: readonly ReserveLine[];
}
