import { ApiProblems } from '@halfway/service';
import { Controller, Get, Query } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { auditSystem } from '../../../../scenarios/support/play.js';
import { System } from '../../../../scenarios/support/system.js';
import { NotInTimeError } from '../../../../scenarios/support/until.js';
import { NotQuietError } from '../domain/stage.errors.js';
import { AuditRequest } from './audit.request.js';
import { AuditResponse } from './audit.response.js';

/** Shorter than a caller's own patience. */
const QUIET_WITHIN_MS = 8_000;

@ApiTags('audit')
@Controller('audit')
export class ViewAuditController {
  constructor(private readonly system: System) {}

  @Get()
  @ApiOperation({
    summary: 'The independent auditor over both databases and over what clients were told.',
    description: 'At any moment: what must hold always. With settled=true: waits for quiet, then the strict rules.',
  })
  @ApiOkResponse({ type: AuditResponse })
  @ApiProblems({ 409: 'Something is still under way, so that the strict rules do not apply.' })
  async audit(@Query() { settled = false }: AuditRequest): Promise<AuditResponse> {
    try {
      return await auditSystem(this.system, { settled, withinMs: QUIET_WITHIN_MS });
    } catch (error) {
      if (error instanceof NotInTimeError) throw new NotQuietError({ cause: error });
      throw error;
    }
  }
}
