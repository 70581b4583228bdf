import { ApiProperty } from '@nestjs/swagger';

export class ProductResponse {
  @ApiProperty({ example: 'TEA-GREEN-100G' })
  readonly sku: string;
  @ApiProperty({ example: 'Green tea, 100 g' })
  readonly name: string;
  @ApiProperty({ type: 'integer', example: 1_499, description: 'Whole minor units (cents).' })
  readonly unitPriceMinor: number;
  @ApiProperty({ example: 'EUR' })
  readonly currency: string;
}
