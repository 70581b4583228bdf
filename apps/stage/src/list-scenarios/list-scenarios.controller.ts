import { ApiProblems } from '@halfway/service';
import { Controller, Get } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { scenarios } from '../../../../scenarios/stories/all.js';
import { ScenariosResponse, toScenarioResponse } from './scenario.response.js';

@ApiTags('scenarios')
@Controller('scenarios')
export class ListScenariosController {
  @Get()
  @ApiOperation({ summary: 'What can be played, in the order of the demo.' })
  @ApiOkResponse({ type: ScenariosResponse })
  @ApiProblems()
  list(): ScenariosResponse {
    return { scenarios: scenarios.map(toScenarioResponse) };
  }
}
