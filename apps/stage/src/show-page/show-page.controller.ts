import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Controller, Get, Header } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import { root } from '../../../../scenarios/support/stack.js';

const file = (name: string): string => readFileSync(join(root, 'apps', 'stage', 'page', name), 'utf8');

/** One page for people: play a scenario, watch its steps, see the audit. It uses the same routes as any program. */
@ApiExcludeController()
@Controller()
export class ShowPageController {
  private readonly html = file('index.html');
  private readonly script = file('stage.js');
  private readonly style = file('stage.css');

  @Get()
  @Header('content-type', 'text/html; charset=utf-8')
  page(): string {
    return this.html;
  }

  @Get('stage.js')
  @Header('content-type', 'text/javascript; charset=utf-8')
  js(): string {
    return this.script;
  }

  @Get('stage.css')
  @Header('content-type', 'text/css; charset=utf-8')
  css(): string {
    return this.style;
  }
}
