import { Transform } from 'class-transformer';
import { IsUUID } from 'class-validator';

export class OrderIdParams {
  /** In lower case from here on: the id is also a message group, and a group in capitals would be another lane. */
  @IsUUID()
  @Transform(({ value }: { value: unknown }) => (typeof value === 'string' ? value.toLowerCase() : value))
  readonly orderId: string;
}
