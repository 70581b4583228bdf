import type { ServiceOptions } from '@halfway/service';
import { StageModule, type StageOptions } from './stage.module.js';

/** The stage as `main.ts` runs it and as tests inject into it. */
export const stageService = (options: StageOptions): ServiceOptions => ({
  name: 'stage',
  title: 'halfway stage',
  description:
    'Plays end-to-end scenarios against a running system, breaks what they break, and audits both databases.',
  version: '0.1.0',
  module: StageModule.with(options),
  logger: options.logger,
});
