import { openJournal } from '../open-journal.ts'
import { intent, outcome } from './records.ts'

/**
 * A process that writes until it is killed: `node writer.ts <dir> <prefix>`. Prints an id only after
 * its outcome was acknowledged. A pipe's writes are synchronous, so nothing printed is lost with the process.
 */
const [, , dir = '', prefix = ''] = process.argv
const journal = await openJournal({ dir, durability: 'fsync', segmentBytes: 200_000, reserveBytes: 65_536 })

const client = async (client: number): Promise<never> => {
  for (let number = 0; ; number += 1) {
    const id = `${prefix}-${client}-${number}`
    journal.append(intent(id))
    await new Promise((resolve) => setTimeout(resolve, client % 4))
    await journal.commit(outcome(id))
    process.stdout.write(`${id}\n`)
  }
}
await Promise.all(Array.from({ length: 20 }, (_, number) => client(number)))
