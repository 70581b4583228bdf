import { Type } from 'class-transformer';
import { IsInt, IsOptional, IsUUID, Max, Min } from 'class-validator';

export class RunIdParams {
  @IsUUID()
  readonly runId: string;
}

export class ListRunsRequest {
  /** How many, newest first; default 20. */
  @IsOptional()
  @Type(() => Number)
  @IsInt()
  @Min(1)
  @Max(100)
  readonly limit?: number;
}
