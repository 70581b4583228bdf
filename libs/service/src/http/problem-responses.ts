import { applyDecorators } from '@nestjs/common';
import { ApiProperty, ApiResponse } from '@nestjs/swagger';
import type { Flaw } from '../problems/problem.js';

export class FlawResponse implements Flaw {
  @ApiProperty({ example: '/lines/0/quantity', description: 'JSON pointer into the body, or the name of a parameter.' })
  readonly pointer: string;
  @ApiProperty({ example: 'quantity must not be less than 1' })
  readonly detail: string;
}

export class ProblemResponse {
  @ApiProperty({ example: 'urn:halfway:problem:validation-failed' })
  readonly type: string;
  @ApiProperty({ example: 'Validation failed' })
  readonly title: string;
  @ApiProperty({ example: 400 })
  readonly status: number;
  @ApiProperty({ example: 'VALIDATION_FAILED', description: 'Stable; programs decide by it.' })
  readonly code: string;
  @ApiProperty({ example: 'The request is not valid. Correct what "errors" lists and send it again.' })
  readonly detail: string;
  @ApiProperty({ required: false, type: () => [FlawResponse] })
  readonly errors?: readonly FlawResponse[];
}

/** Documents a route's problems: `@ApiProblems({ 404: 'No such order.' })`. 400 and 503 can happen on every route. */
export function ApiProblems(descriptions: Readonly<Record<number, string>> = {}): MethodDecorator & ClassDecorator {
  const all: Readonly<Record<number, string>> = {
    400: 'The request is malformed or not valid.',
    ...descriptions,
    503: 'Temporarily unavailable, see Retry-After.',
  };
  return applyDecorators(
    ...Object.entries(all).map(([status, description]) =>
      ApiResponse({
        status: Number(status),
        description,
        content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/ProblemResponse' } } },
      }),
    ),
  );
}
