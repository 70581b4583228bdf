import { Agent, request, type IncomingHttpHeaders, type IncomingMessage } from 'node:http';

/** What a server says went wrong: RFC 9457, with a stable `code`. */
export interface Problem {
  readonly title: string;
  readonly status: number;
  readonly code: string;
  readonly detail?: string;
  readonly errors?: readonly { readonly pointer: string; readonly detail: string }[];
}

export interface Answer<T> {
  readonly status: number;
  /** The resource below 400, else undefined. */
  readonly body: T | undefined;
  readonly problem: Problem | undefined;
  readonly headers: IncomingHttpHeaders;
  readonly durationMs: number;
}

/**
 * No answer came. `failed`: the request cannot have been worked on, nobody was listening. `unknown`: it may or may not have
 * happened; whoever treats this as a failure reports lost orders that were never lost.
 */
export class NoAnswerError extends Error {
  override readonly name = 'NoAnswerError';
  constructor(
    readonly outcome: 'failed' | 'unknown',
    what: string,
    readonly code: string,
    options: { readonly cause?: unknown },
  ) {
    super(`${what}: ${code} (${outcome})`, options);
  }
}

export interface HttpRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  readonly path: string;
  readonly body?: object;
  readonly headers?: Readonly<Record<string, string>>;
  /** Default: the client's. */
  readonly timeoutMs?: number;
}

export interface HttpClientOptions {
  readonly maxSockets?: number;
  /** Default 10 000: longer than the service's own deadline of 8 000, so that an answer in doubt still arrives. */
  readonly timeoutMs?: number;
}

/** A client with connections that stay open: what a load run measures must not be the handshake. */
export class HttpClient {
  readonly #agent: Agent;
  readonly #timeoutMs: number;

  constructor(
    readonly baseUrl: string,
    { maxSockets = 256, timeoutMs = 10_000 }: HttpClientOptions = {},
  ) {
    this.#agent = new Agent({ keepAlive: true, maxSockets, scheduling: 'lifo' });
    this.#timeoutMs = timeoutMs;
  }

  /**
   * Any status is an answer.
   * @throws NoAnswerError
   */
  send<T>({ method, path, body, headers, timeoutMs = this.#timeoutMs }: HttpRequest): Promise<Answer<T>> {
    const startedAt = performance.now();
    const payload = body === undefined ? undefined : Buffer.from(JSON.stringify(body));
    const what = `${method} ${path}`;
    return new Promise((resolve, reject) => {
      const fail = (cause: NodeJS.ErrnoException): void => {
        const outcome = cause.code === 'ECONNREFUSED' ? 'failed' : 'unknown';
        reject(new NoAnswerError(outcome, what, cause.code ?? cause.message, { cause }));
      };
      const outgoing = request(
        new URL(path, this.baseUrl),
        {
          method,
          agent: this.#agent,
          headers: {
            accept: 'application/json',
            ...(payload ? { 'content-type': 'application/json', 'content-length': payload.byteLength } : {}),
            ...headers,
          },
          signal: AbortSignal.timeout(timeoutMs),
        },
        (incoming) => {
          const chunks: Buffer[] = [];
          incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
          incoming.on('error', fail);
          incoming.on('end', () => {
            try {
              resolve(toAnswer<T>(incoming, Buffer.concat(chunks).toString(), performance.now() - startedAt));
            } catch (error) {
              reject(new Error(`${what} was answered with broken JSON`, { cause: error }));
            }
          });
        },
      );
      outgoing.on('error', fail);
      outgoing.end(payload);
    });
  }

  close(): void {
    this.#agent.destroy();
  }
}

function toAnswer<T>(
  { statusCode: status = 0, headers }: IncomingMessage,
  text: string,
  durationMs: number,
): Answer<T> {
  const content = read(text, headers['content-type']);
  return {
    status,
    // The shapes are the service's documented contract; the scenarios' checks are what notices a difference.
    body: status < 400 ? (content as T) : undefined,
    problem: status < 400 ? undefined : (content as Problem),
    headers,
    durationMs,
  };
}

/** Text for whatever is not JSON (metrics), so that a wrong content type shows up in the check and not as a parse error. */
function read(text: string, contentType = ''): unknown {
  if (text === '' || !/^application\/(problem\+)?json/.test(contentType)) return text;
  return JSON.parse(text);
}
