import { parseArgs } from 'node:util'
import type { Bench, BenchResult } from './bench.ts'
import { consolePages } from './console/console.ts'
import { dashboard } from './dashboard/dashboard.ts'
import { ingest } from './ingest/ingest.ts'
import { journal } from './journal/journal.ts'
import { againstKept, keep, readKept } from './kept.ts'
import { propagation } from './propagation/propagation.ts'
import { registrySize } from './requests/registry-size.ts'
import { requests } from './requests/requests.ts'
import { workers } from './requests/workers.ts'
import { start } from './start/start.ts'
import { streams } from './streams/streams.ts'
import { tableOfFigures, tableOfSpans, tableText } from './table.ts'

const requestBenches = [requests, streams, registrySize, workers]
const benches: readonly Bench[] = [
  ...requestBenches,
  propagation,
  journal,
  ingest,
  dashboard,
  consolePages,
  start,
]

/**
 * `npm run bench [-- NAME…] [--large] [--long] [--json] [--keep]`: tables and one line of JSON for each bench on standard
 * output (`--json`: that line alone); what goes on, on standard error. Exit 1 where a promise was broken or a figure is
 * more than twice what `kept.json` says; `--keep` writes the figures there.
 */
const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: {
    large: { type: 'boolean', default: false },
    long: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
    keep: { type: 'boolean', default: false },
  },
})
const unknown = positionals.filter((name) => !benches.some((bench) => bench.name === name))
if (unknown.length > 0) {
  process.stderr.write(
    `There is no bench ${unknown.join(', ')}. There are:\n${benches.map(({ name, says }) => `  ${name}  ${says}`).join('\n')}\n`,
  )
  process.exit(2)
}

const kept = await readKept()
for (const bench of benches) {
  if (positionals.length > 0 && !positionals.includes(bench.name)) continue
  const result = await bench.run({
    large: values.large,
    long: values.long,
    tell: (line) => process.stderr.write(`${bench.name}: ${line}\n`),
  })
  if (!values.json) for (const text of textsOf(result)) process.stdout.write(`${text}\n\n`)
  process.stdout.write(
    `${JSON.stringify({ bench: bench.name, large: values.large, long: values.long, ...result })}\n`,
  )
  const { figures = [] } = result
  if (values.keep) await keep(figures)
  const problems = [...result.broken, ...(values.keep ? [] : againstKept(figures, kept))]
  for (const problem of problems) process.stderr.write(`${bench.name}: ${problem}\n`)
  if (problems.length > 0) process.exitCode = 1
}

function textsOf({ figures = [], measured, tables = [] }: BenchResult): readonly string[] {
  return [
    ...tables.map(tableText),
    ...(measured.length === 0 ? [] : [tableOfSpans(measured)]),
    ...(figures.length === 0 ? [] : [tableOfFigures(figures, kept)]),
  ]
}
