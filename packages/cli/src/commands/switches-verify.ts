import { exitCodes, UsageError, type Command } from '../command.ts'

export const switchesVerify: Command = {
  name: 'switches verify',
  summary: 'Recomputes the hash chain of the record.',
  details: 'Exit code 1 where a record was altered, removed, added or moved.',
  positionals: [],
  options: {
    through: {
      type: 'string',
      value: 'N:HASH',
      summary: 'a head kept elsewhere, which it must lead through',
    },
  },
  examples: ['pointsman switches verify'],
  async run({ client, output, text }) {
    const anchor = readAnchor(text('through'))
    const report = await client.switches.verify({ anchor })
    const { valid, count, head, firstBad } = report
    if (output.json) output.value(report)
    else if (valid) {
      output.line(`${output.good('✓')} ${count} ${count === 1 ? 'record' : 'records'}, unbroken.`)
      output.line(output.dim(`  Head ${head}`))
    } else {
      const where = firstBad === undefined ? '' : ` at record ${firstBad.sequence}: ${firstBad.problem}`
      output.failure(`The chain is broken${where}. Compare with a backup.`)
    }
    return valid ? exitCodes.done : exitCodes.failed
  },
}

function readAnchor(
  given: string | undefined,
): { readonly sequence: number; readonly hash: string } | undefined {
  if (given === undefined) return undefined
  const [, sequence, hash] = /^(\d{1,15}):([0-9a-f]{64})$/.exec(given) ?? []
  if (sequence === undefined || hash === undefined) {
    throw new UsageError(
      '--through takes the place and the hash of a head, as "switches export --head" prints them: 120:9f86d0…',
      switchesVerify,
    )
  }
  return { sequence: Number(sequence), hash }
}
