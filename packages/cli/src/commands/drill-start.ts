import type { DrillOrder } from '@pointsman/sdk'
import { tellUnheard } from '../behind-words.ts'
import { exitCodes, UsageError, type Command } from '../command.ts'
import { aimText, faultText } from '../drill-words.ts'
import { instant } from '../format.ts'
import { readSpan } from '../read-span.ts'
import { printable } from '../terminal-text.ts'

const faults = ['429', '500', '502', '503', '504', '529', 'stall', 'cut', 'latency'] as const

const longestSeconds = 3_600

export const drillStart: Command = {
  name: 'drill start',
  summary: 'Lets calls of one route fail on purpose, for a bounded time.',
  details: `FAULT is ${faults.slice(0, -1).join(', ')} or latency. Answers of the requests that are drawn carry x-pointsman-drill.`,
  positionals: ['ROUTE', 'FAULT'],
  options: {
    reason: { type: 'string', value: 'TEXT', summary: 'why; stands in the record; required' },
    for: { type: 'string', value: 'SPAN', summary: '90s, 5m, 1h at most; 5m unless given' },
    percent: {
      type: 'string',
      value: 'N',
      summary: 'share of the requests that are drawn; 100 unless given',
    },
    'retry-after': { type: 'string', value: 'SECONDS', summary: 'of a 429 or 503' },
    'after-parts': { type: 'string', value: 'N', summary: 'of a stream, before a stall or a cut' },
    latency: { type: 'string', value: 'MS', summary: 'how much later calls go out' },
    model: { type: 'string', value: 'ID', summary: 'hits this model, not the one decided on' },
    provider: { type: 'string', value: 'NAME', summary: 'hits all models of this provider' },
    'every-model': { type: 'boolean', summary: 'hits every model: callers see the failure' },
    'stop-above': {
      type: 'string',
      value: 'PERCENT',
      summary: 'ends once more answers than this failed for their callers',
    },
  },
  examples: [
    'pointsman drill start use-case/clinical 429 --reason "rehearse the fallback"',
    'pointsman drill start default cut --percent 10 --for 2m --reason "game day"',
  ],
  async run({ argument, client, flag, number, output, text }) {
    const reason = text('reason')?.trim()
    if (reason === undefined || reason === '') throw new UsageError('--reason is missing.', drillStart)
    const fault = faults.find((name) => name === argument('FAULT'))
    if (fault === undefined)
      throw new UsageError(`FAULT is one of ${faults.join(', ')}, not "${argument('FAULT')}".`, drillStart)
    const durationSeconds = readSpan(text('for'), '--for', drillStart)
    if (durationSeconds !== undefined && durationSeconds > longestSeconds)
      throw new UsageError(`--for takes 1h at most, not "${text('for') ?? ''}".`, drillStart)
    const order: DrillOrder = {
      ...{ route: argument('ROUTE'), fault, reason },
      percent: number('percent', 0),
      durationSeconds,
      retryAfterSeconds: number('retry-after', 0),
      afterParts: number('after-parts', 0),
      latencyMs: number('latency', 1),
      model: text('model'),
      provider: text('provider'),
      ...(flag('every-model') ? { everyModel: true } : {}),
      stopAbovePercent: number('stop-above', 0),
    }
    const drill = await client.drills.start(order)
    if (output.json) output.value(drill)
    else {
      const until = `${instant(drill.endsAt).slice(11)} UTC`
      output.line(output.good('✓ ') + printable(`${drill.route}: ${faultText(drill)}, until ${until}`))
      output.line(printable(`  Hits ${aimText(drill)}, ${drill.percent} % of requests.`))
      output.line(`  Stop it: pointsman drill stop ${drill.id}`)
      for (const warning of drill.warnings) output.line(output.dim(printable(`  ${warning}`)))
      if (drill.pending.length > 0)
        output.line(output.dim(printable(`  Not told yet: ${drill.pending.join(', ')}`)))
      tellUnheard(drill, output)
    }
    return exitCodes.done
  },
}
