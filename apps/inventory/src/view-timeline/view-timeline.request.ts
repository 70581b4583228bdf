import { Transform } from 'class-transformer';
import { IsUUID } from 'class-validator';

export class TimelineParams {
  /** In lower case from here on: that is how events are keyed. */
  @IsUUID()
  @Transform(({ value }: { value: unknown }) => (typeof value === 'string' ? value.toLowerCase() : value))
  readonly orderId: string;
}
