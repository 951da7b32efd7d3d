import { parseArgs } from 'node:util'
import type { Bench } from './bench.ts'
import { journal } from './journal/journal.ts'
import { propagation } from './propagation/propagation.ts'
import { tableOf } from './table.ts'

const benches: readonly Bench[] = [propagation, journal]

/** `npm run bench [-- NAME…] [--large] [--long] [--json]`: tables on standard output, or JSON; what goes on, on standard error. */
const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: {
    large: { type: 'boolean', default: false },
    long: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
  },
})
const unknown = positionals.filter((name) => !benches.some((bench) => bench.name === name))
if (unknown.length > 0) {
  process.stderr.write(
    `There is no bench ${unknown.join(', ')}. There are:\n${benches.map(({ name, says }) => `  ${name}  ${says}`).join('\n')}\n`,
  )
  process.exit(2)
}

for (const bench of benches) {
  if (positionals.length > 0 && !positionals.includes(bench.name)) continue
  const result = await bench.run({
    large: values.large,
    long: values.long,
    tell: (line) => process.stderr.write(`${bench.name}: ${line}\n`),
  })
  const told = { bench: bench.name, large: values.large, long: values.long, ...result }
  process.stdout.write(values.json ? `${JSON.stringify(told)}\n` : `${tableOf(result.measured)}\n`)
  if (!values.json) process.stdout.write(`${JSON.stringify(told)}\n`)
  for (const problem of result.broken) process.stderr.write(`${bench.name}: ${problem}\n`)
  if (result.broken.length > 0) process.exitCode = 1
}
