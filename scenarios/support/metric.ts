/** Sum of a metric over all its labels, in Prometheus' text format; undefined when the service does not export it. */
export function metric(text: string, name: string): number | undefined {
  const values = text
    .split('\n')
    .filter((line) => line.startsWith(`${name} `) || line.startsWith(`${name}{`))
    .map((line) => Number(line.slice(line.lastIndexOf(' '))));
  return values.length ? values.reduce((sum, value) => sum + value, 0) : undefined;
}

/** The same for each value of a label. */
export function metricBy(text: string, name: string, label: string): ReadonlyMap<string, number> {
  const sums = new Map<string, number>();
  for (const line of text.split('\n').filter((each) => each.startsWith(`${name}{`))) {
    const value = new RegExp(`[{,]${label}="([^"]*)"`).exec(line)?.[1];
    if (value !== undefined) sums.set(value, (sums.get(value) ?? 0) + Number(line.slice(line.lastIndexOf(' '))));
  }
  return sums;
}

/** What a service, or the broker, exports, as text. */
export async function metricsOf(url: string): Promise<string> {
  const answer = await fetch(new URL('/metrics', url));
  if (!answer.ok) throw new Error(`GET ${url}/metrics: ${answer.status}`);
  return answer.text();
}
