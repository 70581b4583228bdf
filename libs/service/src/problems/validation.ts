import { ValidationPipe } from '@nestjs/common';
import type { ValidationError } from 'class-validator';
import { type Flaw, InvalidRequestError } from './problem.js';

/** Whitelist, refuse unknown fields, make instances; every flaw at once, as JSON pointers. */
export function requestValidation(): ValidationPipe {
  return new ValidationPipe({
    whitelist: true,
    forbidNonWhitelisted: true,
    forbidUnknownValues: true,
    transform: true,
    validationError: { target: false, value: false },
    exceptionFactory: (errors) => new InvalidRequestError(flawsOf(errors)),
  });
}

/** class-validator's tree as a flat list: `lines` › `0` › `quantity` is `/lines/0/quantity`. */
export function flawsOf(errors: readonly ValidationError[], parent = ''): readonly Flaw[] {
  return errors.flatMap((error) => {
    const pointer = error.property === undefined ? parent : `${parent}/${escaped(error.property)}`;
    const own = Object.values(error.constraints ?? {}).map((detail) => ({ pointer, detail }));
    return [...own, ...flawsOf(error.children ?? [], pointer)];
  });
}

/** RFC 6901. The client chose the name: long ones are cut. */
export function escaped(property: string): string {
  const short = property.length > 100 ? `${property.slice(0, 100)}…` : property;
  return short.replaceAll('~', '~0').replaceAll('/', '~1');
}
