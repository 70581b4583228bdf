import type { PipeTransform } from '@nestjs/common';
import { InvalidRequestError } from './problem.js';
import { escaped } from './validation.js';

/**
 * For a route that takes no fields: `@Body(NoFields) _nothing: undefined`. No body and `{}` pass (many clients always send one);
 * fields that would be ignored are refused, as on every other route.
 */
export class NoFields implements PipeTransform {
  transform(body: unknown): undefined {
    if (body === undefined) return undefined;
    if (typeof body !== 'object' || body === null || Array.isArray(body)) {
      throw new InvalidRequestError([{ pointer: '', detail: 'must be an object without fields, or absent' }]);
    }
    const flaws = Object.keys(body).map((name) => ({ pointer: `/${escaped(name)}`, detail: 'should not exist' }));
    if (flaws.length) throw new InvalidRequestError(flaws);
    return undefined;
  }
}
