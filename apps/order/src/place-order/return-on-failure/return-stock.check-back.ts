import { type ReturnStock, stockReturns } from '@halfway/contracts';
import { CheckBack, LocalTransactions, type Verdict } from '@halfway/mq';
import { Injectable } from '@nestjs/common';

/** The broker heard nothing about a half message "return the stock of order X": did order X succeed? */
@Injectable()
export class ReturnStockCheckBack {
  constructor(private readonly transactions: LocalTransactions) {}

  @CheckBack(stockReturns.due)
  async didTheOrderSucceed({ orderId }: ReturnStock): Promise<Verdict> {
    const decision = await this.transactions.decisionOf(orderId);
    switch (decision) {
      case 'COMMITTED':
        return 'rollback';
      case 'ABORTED':
        return 'commit';
      case 'unknown':
        return 'unknown';
      default:
        return decision satisfies never;
    }
  }
}
