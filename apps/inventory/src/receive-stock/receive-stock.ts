import { Injectable } from '@nestjs/common';
import { type Receipt, type Received, StockRepository } from '../persistence/stock.repository.js';

/** Books a delivery, once per receipt id. Orders refused before it stay refused: a refusal is a decision. */
@Injectable()
export class ReceiveStock {
  constructor(private readonly stock: StockRepository) {}

  execute(receipt: Receipt): Promise<Received> {
    return this.stock.receive(receipt);
  }
}
