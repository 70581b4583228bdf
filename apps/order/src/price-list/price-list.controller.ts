import { ApiProblems } from '@halfway/service';
import { Body, Controller, Get, Param, Put } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { InjectRepository } from '@nestjs/typeorm';
import { Repository } from 'typeorm';
import { ProductNotFoundError } from '../domain/order.errors.js';
import { ProductRow } from '../persistence/product.row.js';
import { ProductRequest, SkuParams } from './product.request.js';
import { ProductResponse } from './product.response.js';

/** What the service sells, and for how much. A new price is for new orders: every order keeps the prices it was placed with. */
@ApiTags('price list')
@Controller('products/:sku')
export class PriceListController {
  constructor(@InjectRepository(ProductRow) private readonly products: Repository<ProductRow>) {}

  @Put()
  @ApiOperation({ summary: 'Adds a product to the price list, or changes it.' })
  @ApiOkResponse({ type: ProductResponse })
  @ApiProblems({ 413: 'The body is over 64 KiB.', 415: 'The body is not JSON.' })
  async set(
    @Param() { sku }: SkuParams,
    @Body() { name, unitPriceMinor, currency }: ProductRequest,
  ): Promise<ProductResponse> {
    const product = { sku, name, unitPriceMinor, currency };
    await this.products.upsert(product, ['sku']);
    return product;
  }

  @Get()
  @ApiOperation({ summary: 'One product of the price list.' })
  @ApiOkResponse({ type: ProductResponse })
  @ApiProblems({ 404: 'The product is not in the price list.' })
  async get(@Param() { sku }: SkuParams): Promise<ProductResponse> {
    const product = await this.products.findOneBy({ sku });
    if (!product) throw new ProductNotFoundError(sku);
    const { name, unitPriceMinor, currency } = product;
    return { sku, name, unitPriceMinor, currency };
  }
}
