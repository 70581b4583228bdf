/** Sum of a metric over all its labels, in Prometheus' text format; undefined when the service does not export it. */
export function metric(text: string, name: string): number | undefined {
  const values = text
    .split('\n')
    .filter((line) => line.startsWith(`${name} `) || line.startsWith(`${name}{`))
    .map((line) => Number(line.slice(line.lastIndexOf(' '))));
  return values.length ? values.reduce((sum, value) => sum + value, 0) : undefined;
}

/** What a service exports, as text. */
export async function metricsOf(url: string): Promise<string> {
  const answer = await fetch(new URL('/metrics', url));
  if (!answer.ok) throw new Error(`GET ${url}/metrics: ${answer.status}`);
  return answer.text();
}
