import { InvalidRequestError } from '../problems/problem.js';
import type { AdminRoute } from './admin-route.js';

/** The part of `Faults` that the routes need. */
interface Faults {
  /** Throws `FAULTS_REFUSED` for a plan that it does not understand. */
  arm(plan: string): void;
  disarm(): void;
  state(): object;
}

class FaultsNotEnabledError extends Error {
  readonly code = 'FAULTS_NOT_ENABLED';

  constructor() {
    super('Faults are not enabled in this process. Start it with HALFWAY_FAULTS=on; in production they are refused.');
  }
}

/** Look at faults, arm others, disarm them, while the service runs. */
export function faultRoutes(given: Faults | undefined): readonly AdminRoute[] {
  const path = '/faults';
  const faults = (): Faults => {
    if (!given) throw new FaultsNotEnabledError();
    return given;
  };
  return [
    { method: 'GET', path, handle: () => faults().state() },
    {
      method: 'PUT',
      path,
      handle: ({ body }) => {
        faults().arm(planIn(body));
        return faults().state();
      },
    },
    {
      method: 'DELETE',
      path,
      handle: () => {
        faults().disarm();
        return undefined;
      },
    },
  ];
}

function planIn(body: unknown): string {
  if (typeof body === 'object' && body !== null && 'plan' in body && typeof body.plan === 'string') {
    if (Object.keys(body).length === 1) return body.plan;
  }
  throw new InvalidRequestError([{ pointer: '/plan', detail: 'must be the only field, and a text: {"plan": "…"}' }]);
}
