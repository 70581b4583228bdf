import { IsPrintable } from '@halfway/service';
import { ApiProperty } from '@nestjs/swagger';
import { IsInt, Matches, Max, Min } from 'class-validator';

export class PayOrderRequest {
  @ApiProperty({ minLength: 1, maxLength: 64, example: 'pay_7c1f', description: "The provider's id of the payment." })
  @IsPrintable()
  readonly paymentId: string;

  @ApiProperty({ type: 'integer', minimum: 1, maximum: Number.MAX_SAFE_INTEGER, example: 2_998 })
  @IsInt()
  @Min(1)
  @Max(Number.MAX_SAFE_INTEGER)
  readonly amountMinor: number;

  @ApiProperty({ pattern: '^[A-Z]{3}$', example: 'EUR' })
  @Matches(/^[A-Z]{3}$/)
  readonly currency: string;
}
