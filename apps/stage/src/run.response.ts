import { ApiProperty } from '@nestjs/swagger';
import { flows } from '../../../scenarios/support/flow.js';
import { type Conclusion, RUN_STATES, type RunRecord, type RunState, type Step } from './domain/run.js';

export class StepResponse implements Step {
  @ApiProperty({ format: 'date-time' })
  readonly at: string;
  @ApiProperty({ example: 'client', description: 'client, order, inventory, broker or demo (who breaks and mends).' })
  readonly who: string;
  @ApiProperty({ example: 'POST /orders' })
  readonly what: string;
  @ApiProperty({ required: false, example: '201' })
  readonly detail?: string;
  @ApiProperty({ required: false, description: 'Milliseconds until the answer.' })
  readonly tookMs?: number;
  @ApiProperty({ required: false, enum: ['fault', 'repair'] })
  readonly tone?: 'fault' | 'repair';
}

export class VerdictResponse implements Omit<Conclusion, 'state' | 'reason'> {
  @ApiProperty({ description: 'Of the story, without the audit.' })
  readonly durationMs: number;
  @ApiProperty({ type: [Object], description: 'Sentences that must be true, with what was expected and found.' })
  readonly checks: readonly object[];
  @ApiProperty({ type: [Object], description: 'What client, services and saboteur did, by time.' })
  readonly timeline: readonly object[];
  @ApiProperty({ required: false, type: Object, description: 'Every invariant, as GET /audit has them.' })
  readonly audit?: object;
}

export class RunResponse implements RunRecord {
  @ApiProperty({ format: 'uuid' })
  readonly runId: string;
  @ApiProperty({ example: 'lost-commit' })
  readonly scenario: string;
  @ApiProperty({ enum: flows, description: 'How its orders are placed.' })
  readonly flow: string;
  @ApiProperty({ enum: RUN_STATES, description: 'QUEUED and RUNNING are under way, the others are final.' })
  readonly state: RunState;
  @ApiProperty({ format: 'date-time' })
  readonly queuedAt: string;
  @ApiProperty({ format: 'date-time', nullable: true, type: String })
  readonly startedAt: string | null;
  @ApiProperty({ format: 'date-time', nullable: true, type: String })
  readonly endedAt: string | null;
  @ApiProperty({ nullable: true, type: String, description: 'Why it was skipped, abandoned, or could not go on.' })
  readonly reason: string | null;
  @ApiProperty({ type: [StepResponse] })
  readonly steps: readonly StepResponse[];
  @ApiProperty({ nullable: true, type: VerdictResponse, description: 'Null until the run has ended.' })
  readonly verdict: VerdictResponse | null;
}
