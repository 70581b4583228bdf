import { ApiProperty } from '@nestjs/swagger';
import type { Flow } from '../../../../scenarios/support/flow.js';
import { type Scenario, tellingIn } from '../../../../scenarios/support/scenario.js';

export class ScenarioResponse {
  @ApiProperty({ example: 'lost-commit' })
  readonly name: string;
  @ApiProperty({ example: 'killed between the database commit and the confirmation: the check-back delivers' })
  readonly title: string;
  @ApiProperty({ description: 'What happens and why it matters.' })
  readonly story: string;
}

export class ScenariosResponse {
  @ApiProperty({ type: [ScenarioResponse] })
  readonly scenarios: readonly ScenarioResponse[];
}

export const toScenarioResponse = (scenario: Scenario, flow: Flow): ScenarioResponse => ({
  name: scenario.name,
  ...tellingIn(flow, scenario),
});
