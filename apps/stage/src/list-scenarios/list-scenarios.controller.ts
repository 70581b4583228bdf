import { ApiProblems } from '@halfway/service';
import { Controller, Get, Query } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { scenarios } from '../../../../scenarios/stories/all.js';
import { defaultFlow } from '../../../../scenarios/support/flow.js';
import { FlowRequest } from '../flow.request.js';
import { ScenariosResponse, toScenarioResponse } from './scenario.response.js';

@ApiTags('scenarios')
@Controller('scenarios')
export class ListScenariosController {
  @Get()
  @ApiOperation({
    summary: 'What can be played, in the order of the demo.',
    description: 'Every scenario plays in both flows; some are told differently.',
  })
  @ApiOkResponse({ type: ScenariosResponse })
  @ApiProblems()
  list(@Query() { flow = defaultFlow }: FlowRequest): ScenariosResponse {
    return { scenarios: scenarios.map((scenario) => toScenarioResponse(scenario, flow)) };
  }
}
