import { Transform } from 'class-transformer';
import { IsBoolean, IsOptional } from 'class-validator';

export class AuditRequest {
  /** Wait until nothing is under way, then apply the strict rules; default false. */
  @IsOptional()
  @Transform(({ value }: { value: unknown }) => (value === 'true' ? true : value === 'false' ? false : value))
  @IsBoolean()
  readonly settled?: boolean;
}
