import { ApiProperty } from '@nestjs/swagger';
import type { Audit } from '../../../../scenarios/audit/audit.js';
import type { Finding } from '../../../../scenarios/audit/invariant.js';

export class FindingResponse implements Finding {
  @ApiProperty({ example: 'I2' })
  readonly id: string;
  @ApiProperty({ example: 'total = available + reserved + sold' })
  readonly sentence: string;
  @ApiProperty()
  readonly holds: boolean;
  @ApiProperty({ type: 'integer' })
  readonly violations: number;
  @ApiProperty({ type: [Object], description: 'The first few violations.' })
  readonly examples: readonly object[];
}

export class AuditResponse implements Audit {
  @ApiProperty({ description: 'Every invariant holds.' })
  readonly holds: boolean;
  @ApiProperty({ type: [FindingResponse] })
  readonly findings: readonly FindingResponse[];
  @ApiProperty({ type: 'integer', description: 'How many orders were looked at.' })
  readonly orders: number;
}
