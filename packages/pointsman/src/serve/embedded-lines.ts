import type { EmbeddedMetricsParts } from '@pointsman/metrics'
import type { Log } from './log.ts'

/** Lines of metrics on standard output. That it takes none is told once for all that follow, until it takes one again. */
export function createEmbeddedLines(output: NodeJS.WritableStream, log: Log): EmbeddedMetricsParts['write'] {
  let isLost = false
  // Told by each write below, too.
  output.on('error', () => undefined)
  return (line, failed) =>
    void output.write(`${line}\n`, (error) => {
      if (error != null && !isLost) log('error', 'metrics_lost', { outlet: 'embedded', error })
      isLost = error != null
      if (isLost) failed()
    })
}
