/** The sum of the samples of one metric in the Prometheus text format. Only samples whose labels match count. */
export function sumOfSamples(metrics: string, name: string, labels = /(?:)/): number {
  return metrics
    .split('\n')
    .filter((line) => line.startsWith(`${name}{`) || line.startsWith(`${name} `))
    .filter((line) => labels.test(line))
    .reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' ') + 1)), 0);
}
