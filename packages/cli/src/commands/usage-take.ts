import { exitCodes, type Command } from '../command.ts'

/** As many as the server takes at once. */
const mostAtOnce = 500

export const usageTake: Command = {
  name: 'usage take',
  summary: 'Takes in usage records out of the log of a function that could not tell them.',
  details:
    'Reads lines of a log from standard input; those that hold a record (`"event":"usage_record"`) are taken in, each once, all others are passed over. Takes a key with the scope admin.',
  positionals: [],
  options: {},
  examples: ['aws logs tail /aws/lambda/bedrock-ai-chat | pointsman usage take'],
  async run({ client, output, terminal }) {
    let [taken, repeated] = [0, 0]
    let waiting: object[] = []
    const hand = async (): Promise<void> => {
      if (waiting.length === 0) return
      const answer = await client.usage.take(waiting)
      taken += answer.taken
      repeated += answer.repeated
      waiting = []
    }
    for await (const line of terminal.lines) {
      const told = recordIn(line)
      if (told !== null) waiting.push(told)
      if (waiting.length >= mostAtOnce) await hand()
    }
    await hand()
    if (output.json) output.value({ taken, repeated })
    else {
      const records = taken === 1 ? 'record' : 'records'
      const were = repeated === 1 ? 'was' : 'were'
      output.line(`${output.good('✓')} ${taken} ${records} taken in, ${repeated} ${were} there already.`)
    }
    return exitCodes.done
  },
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
