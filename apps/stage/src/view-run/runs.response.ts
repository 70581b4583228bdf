import { ApiProperty, OmitType } from '@nestjs/swagger';
import { RunResponse } from '../run.response.js';

export class RunSummaryResponse extends OmitType(RunResponse, ['steps', 'verdict'] as const) {}

export class RunsResponse {
  @ApiProperty({ type: [RunSummaryResponse], description: 'Newest first.' })
  readonly runs: readonly RunSummaryResponse[];
}
