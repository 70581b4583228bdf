import { HttpClient } from '../support/http.js';
import { bodyOf } from '../support/shop.js';

/** What a service says about its crash points (libs/faults). */
export interface FaultState {
  readonly armed: readonly {
    readonly point: string;
    readonly what?: string;
    readonly kind: 'kill' | 'error' | 'stop' | 'delay';
    readonly hit: number | 'every';
    readonly delayMs?: number;
  }[];
  /** By `point` and by `point@what`: how often it was reached since the plan was armed. */
  readonly hits: Readonly<Record<string, number>>;
  readonly fired: readonly {
    readonly point: string;
    readonly what?: string;
    readonly kind: string;
    readonly hit: number;
    readonly at: string;
  }[];
}

/** The admin listener of a service that runs with faults. A plan lives in the process: it is gone when the process is. */
export class FaultAdmin {
  readonly #http: HttpClient;
  readonly #headers: Readonly<Record<string, string>>;

  constructor(port: number, token: string) {
    this.#http = new HttpClient(`http://127.0.0.1:${port}`, { maxSockets: 1 });
    this.#headers = { authorization: `Bearer ${token}` };
  }

  /** Replaces what was armed; counting starts again. @param plan e.g. `publish.after-commit@order.placed:kill:2` */
  arm(plan: string): Promise<FaultState> {
    return this.#ask('PUT', { plan });
  }

  state(): Promise<FaultState> {
    return this.#ask('GET');
  }

  async disarm(): Promise<void> {
    const answer = await this.#http.send({ method: 'DELETE', path: '/faults', headers: this.#headers });
    if (answer.status !== 204) throw new Error(`DELETE /faults: ${answer.status} ${JSON.stringify(answer.problem)}`);
  }

  close(): void {
    this.#http.close();
  }

  async #ask(method: 'GET' | 'PUT', body?: object): Promise<FaultState> {
    const answer = await this.#http.send<FaultState>({ method, path: '/faults', body, headers: this.#headers });
    return bodyOf(`${method} /faults`, answer, 200);
  }
}
