import { PointsmanApiError, type Client } from '@pointsman/sdk'
import { exitCodes, type Command } from '../command.ts'
import type { Output } from '../output.ts'

/** As many as the server takes at once. */
const mostAtOnce = 500

export const usageTake: Command = {
  name: 'usage take',
  summary: 'Takes in usage records out of the log of a function that could not tell them.',
  details:
    'Reads lines of a log from standard input; those that hold a record (`"event":"usage_record"`) are taken in, each once, all others are passed over. One that is refused is told with its line, and is exit code 1; it holds up no other. Takes a key with the scope admin.',
  positionals: [],
  options: {},
  examples: ['aws logs tail /aws/lambda/bedrock-ai-chat | pointsman usage take'],
  async run({ client, output, terminal }) {
    const sum: Taken = { taken: 0, repeated: 0, refused: [] }
    let waiting: Found[] = []
    let line = 0
    for await (const text of terminal.lines) {
      line += 1
      const told = recordIn(text)
      if (told !== null) waiting.push({ line, told })
      if (waiting.length < mostAtOnce) continue
      await hand(client, waiting, sum)
      waiting = []
    }
    if (waiting.length > 0) await hand(client, waiting, sum)
    if (output.json) output.value(sum)
    else show(output, sum)
    return sum.refused.length === 0 ? exitCodes.done : exitCodes.failed
  },
}

interface Found {
  readonly line: number
  readonly told: object
}

/** What this run adds up. */
interface Taken {
  taken: number
  repeated: number
  readonly refused: { readonly line: number; readonly message: string }[]
}

/** A body with one that is no record, or of too many bytes, is refused whole: its halves are told. */
async function hand(client: Client, found: readonly Found[], sum: Taken): Promise<void> {
  try {
    const answer = await client.usage.take(found.map(({ told }) => told))
    sum.taken += answer.taken
    sum.repeated += answer.repeated
  } catch (error) {
    if (!(error instanceof PointsmanApiError) || ![400, 413].includes(error.statusCode)) throw error
    const [first] = found
    const half = Math.floor(found.length / 2)
    if (half > 0) {
      await hand(client, found.slice(0, half), sum)
      await hand(client, found.slice(half), sum)
    } else if (first !== undefined) sum.refused.push({ line: first.line, message: error.message })
  }
}

const mostShown = 20

function show(output: Output, { refused, repeated, taken }: Taken): void {
  const records = taken === 1 ? 'record' : 'records'
  const were = repeated === 1 ? 'was' : 'were'
  output.line(`${output.good('✓')} ${taken} ${records} taken in, ${repeated} ${were} there already.`)
  for (const { line, message } of refused.slice(0, mostShown)) output.failure(`Line ${line}: ${message}`)
  if (refused.length > mostShown)
    output.line(`${output.bad('✗')} ${refused.length - mostShown} more were refused.`)
}

/** A log's own words stand before the line that was written. */
function recordIn(line: string): object | null {
  const from = line.indexOf('{"event":"usage_record"')
  if (from === -1) return null
  try {
    const { told } = JSON.parse(line.slice(from)) as { readonly told?: unknown }
    return typeof told === 'object' ? told : null
  } catch {
    // Half a line of a log that was cut: whatever it was, it is no record.
    return null
  }
}
