import { ApiProperty } from '@nestjs/swagger';
import type { Scenario } from '../../../../scenarios/support/scenario.js';

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

export const toScenarioResponse = ({ name, title, story }: Scenario): ScenarioResponse => ({ name, title, story });
