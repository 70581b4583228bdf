export interface AdminRequest {
  readonly params: Readonly<Record<string, string>>;
  readonly query: Readonly<Record<string, unknown>>;
  /** JSON, not validated yet; undefined when there was none. */
  readonly body: unknown;
}

/** One route of the admin listener; what is served is the service's to say. */
export interface AdminRoute {
  readonly method: 'GET' | 'PUT' | 'POST' | 'DELETE';
  readonly path: string;
  /** @returns what is answered with 200; undefined for 204. Throws errors with a `code`, as everywhere. */
  handle(request: AdminRequest): Promise<object | undefined> | object | undefined;
}
