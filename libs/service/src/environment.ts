/** One variable that is missing or wrong, with what to do about it. Never contains a secret value. */
export interface EnvironmentProblem {
  readonly variable: string;
  readonly text: string;
}

/** Everything that is wrong with the environment, at once: one restart per problem is no way to configure a service. */
export class EnvironmentError extends Error {
  readonly code = 'ENVIRONMENT_INVALID';

  constructor(readonly problems: readonly EnvironmentProblem[]) {
    super(problems.map(({ variable, text }) => `${variable} ${text}`).join('\n'));
    this.name = 'EnvironmentError';
  }
}

interface TextOptions {
  /** Without a default the variable is required. Secrets have none. */
  readonly default?: string;
}

interface UrlOptions extends TextOptions {
  /** With the colon, e.g. `postgres:`. */
  readonly protocols: readonly string[];
}

export interface Credentials {
  readonly key: string;
  readonly secret: string;
}

interface IntegerOptions {
  readonly default?: number;
  readonly min: number;
  readonly max: number;
}

const ENDPOINT = /^(?:[A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\]):([0-9]{1,5})$/;
const MAX_PORT = 65_535;
const VISIBLE_ASCII = /^[\x21-\x7e]+$/;

/**
 * Reads variables and collects what is wrong with them; an empty variable counts as not set. After a problem a method
 * returns a value of its type that nobody will see, because `readEnvironment` throws at the end.
 */
export class EnvironmentReader {
  readonly problems: EnvironmentProblem[] = [];

  constructor(private readonly source: NodeJS.ProcessEnv) {}

  text(variable: string, options: TextOptions = {}): string {
    return this.value(variable) ?? options.default ?? this.missing(variable, 'some text', '');
  }

  /** For what may be absent, secrets above all: those come from the environment and never have a default. */
  optionalText(variable: string): string | undefined {
    return this.value(variable);
  }

  /** The value is never repeated in a problem: URLs carry passwords. */
  url(variable: string, options: UrlOptions): string {
    const forms = options.protocols.map((protocol) => `${protocol}//…`).join(' or ');
    const value = this.value(variable) ?? options.default;
    if (value === undefined) return this.missing(variable, forms, '');
    return URL.canParse(value) && options.protocols.includes(new URL(value).protocol)
      ? value
      : this.wrong(variable, `is no URL of the form ${forms}.`, '');
  }

  /** `host:port`, of one proxy or load balancer. */
  endpoint(variable: string, preset: string): string {
    const value = this.value(variable) ?? preset;
    const port = Number(ENDPOINT.exec(value)?.[1] ?? 0);
    return port >= 1 && port <= MAX_PORT
      ? value
      : this.wrong(variable, `is ${quoted(value)}. Set it to host:port, e.g. ${preset}.`, preset);
  }

  /** A port to listen on; 0 lets the system choose a free one. */
  port(variable: string, preset: number): number {
    return this.integer(variable, { default: preset, min: 0, max: MAX_PORT });
  }

  /** As `port`, for what does not listen at all unless it is told where. */
  optionalPort(variable: string): number | undefined {
    return this.value(variable) === undefined ? undefined : this.port(variable, 0);
  }

  /** A secret that must be set, fit for a header; never repeated in a problem. */
  secret(variable: string, minLength: number): string {
    const value = this.value(variable);
    const wanted = `a secret of ${minLength} or more printable ASCII characters without spaces`;
    if (value === undefined) return this.missing(variable, wanted, '');
    return value.length >= minLength && VISIBLE_ASCII.test(value)
      ? value
      : this.wrong(variable, `is too short, or has other characters. Set it to ${wanted}.`, '');
  }

  /** A form of its own: `parse` throws an error whose text says what is wrong and what to do. */
  parsed<T>(variable: string, parse: (text: string) => T): T | undefined {
    const value = this.value(variable);
    if (value === undefined) return undefined;
    try {
      return parse(value);
    } catch (error) {
      return this.wrong(variable, `is not understood: ${error instanceof Error ? error.message : ''}`, undefined);
    }
  }

  integer(variable: string, { default: preset, min, max }: IntegerOptions): number {
    const value = this.value(variable);
    const wanted = `a whole number from ${min} to ${max}`;
    if (value === undefined) return preset ?? this.missing(variable, wanted, min);
    const number = /^-?[0-9]{1,15}$/.test(value) ? Number(value) : NaN;
    return number >= min && number <= max
      ? number
      : this.wrong(variable, `is ${quoted(value)}. Set it to ${wanted}.`, min);
  }

  flag(variable: string, preset: boolean): boolean {
    return this.oneOf(variable, ['true', 'false'], preset ? 'true' : 'false') === 'true';
  }

  oneOf<const V extends string>(variable: string, values: readonly V[], preset: NoInfer<V>): V {
    const value = this.value(variable) ?? preset;
    return (
      values.find((candidate) => candidate === value) ??
      this.wrong(variable, `is ${quoted(value)}. Set it to one of: ${values.join(', ')}.`, preset)
    );
  }

  /** Both of a key and its secret, or neither: with one alone nothing would work and nobody would know why. */
  credentials(keyVariable: string, secretVariable: string): Credentials | undefined {
    const [key, secret] = [this.value(keyVariable), this.value(secretVariable)];
    if (key === undefined && secret === undefined) return undefined;
    const [there, absent] = key === undefined ? [secretVariable, keyVariable] : [keyVariable, secretVariable];
    if (key !== undefined && secret !== undefined) return { key, secret };
    return this.wrong(absent, `is not set, but ${there} is. Set both or neither.`, undefined);
  }

  private value(variable: string): string | undefined {
    return this.source[variable] || undefined;
  }

  private missing<V>(variable: string, wanted: string, placeholder: V): V {
    return this.wrong(variable, `is not set. Set it to ${wanted}.`, placeholder);
  }

  private wrong<V>(variable: string, text: string, placeholder: V): V {
    this.problems.push({ variable, text });
    return placeholder;
  }
}

/**
 * Reads the whole environment of a service in one go.
 * @throws EnvironmentError listing every problem, each with its remedy.
 */
export function readEnvironment<T>(read: (env: EnvironmentReader) => T, source: NodeJS.ProcessEnv = process.env): T {
  const reader = new EnvironmentReader(source);
  const values = read(reader);
  if (reader.problems.length) throw new EnvironmentError(reader.problems);
  return values;
}

/** Short, and on one line: a variable may hold anything. */
function quoted(value: string): string {
  return JSON.stringify(value.length > 60 ? `${value.slice(0, 60)}…` : value);
}
