import { IsPrintable } from '@halfway/service';
import { ApiProperty } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import {
  ArrayMaxSize,
  ArrayMinSize,
  ArrayUnique,
  IsArray,
  IsIn,
  IsInt,
  Max,
  Min,
  ValidateIf,
  ValidateNested,
} from 'class-validator';
import { ORDER_FLOWS, type OrderFlow } from '../domain/order.js';

export class PlaceOrderLine {
  @ApiProperty({ minLength: 1, maxLength: 64, example: 'TEA-GREEN-100G' })
  @IsPrintable()
  readonly sku: string;

  @ApiProperty({ type: 'integer', minimum: 1, maximum: 1_000, example: 2 })
  @IsInt()
  @Min(1)
  @Max(1_000)
  readonly quantity: number;
}

export class PlaceOrderRequest {
  @ApiProperty({ minLength: 1, maxLength: 64, example: 'customer-1' })
  @IsPrintable()
  readonly customerId: string;

  @ApiProperty({ type: [PlaceOrderLine], minItems: 1, maxItems: 50, description: 'No sku twice.' })
  @IsArray()
  @ArrayMinSize(1)
  @ArrayMaxSize(50)
  @ArrayUnique((line?: PlaceOrderLine) => line?.sku, { message: 'lines must not have a sku twice' })
  @ValidateNested({ each: true })
  @Type(() => PlaceOrderLine)
  readonly lines: readonly PlaceOrderLine[];

  @ApiProperty({
    enum: ORDER_FLOWS,
    default: 'reserve-on-commit',
    required: false,
    description:
      '"reserve-on-commit": the order is stored, then its stock is reserved by a message. "return-on-failure": the stock is ' +
      'reserved by a call, then the order is stored; a half message gives it back if that fails.',
  })
  @ValidateIf(({ flow }: PlaceOrderRequest) => flow !== undefined)
  @IsIn(ORDER_FLOWS)
  readonly flow?: OrderFlow;
}
