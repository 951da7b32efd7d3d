import type { JournalPosition } from '@pointsman/contract'
import { readJournal, type FileLayer, type JournalDamage, type PlacedRecord } from '@pointsman/journal'

/** A stretch of one journal, small enough for one transaction. */
export interface CollectedBatch {
  /** What the database has to hear of, in order; intents are not: a recovery turns those that stay open into outcomes. */
  readonly items: readonly PlacedRecord[]
  /** Where to read on once the batch is in. */
  readonly position: JournalPosition
  readonly damage: readonly JournalDamage[]
  /** The journal holds no more now. */
  readonly reachedEnd: boolean
  /** The journal is sealed and this is its end. */
  readonly ended: boolean
}

export interface CollectOptions {
  readonly journalDir: string
  readonly maxRecords: number
  readonly files?: FileLayer
}

/** Some 300 requests: a read rarely brings more than one batch takes. */
const readBytes = 524_288
/** Reads per batch, so that a long stretch without outcomes does not hold up the other journals. */
const maxReads = 16

/** Reads on from a position until the batch is full or the journal has no more. */
export async function collectBatch(options: CollectOptions, from: JournalPosition): Promise<CollectedBatch> {
  const items: PlacedRecord[] = []
  const damage: JournalDamage[] = []
  let position = from
  for (let reads = 0; reads < maxReads; reads += 1) {
    const read = await readJournal(options.journalDir, position, {
      limitBytes: readBytes,
      ...(options.files === undefined ? {} : { files: options.files }),
    })
    const wanted = read.records.filter(({ record }) => record.type !== 'intent')
    const taken = wanted.slice(0, options.maxRecords - items.length)
    const last = taken.at(-1)
    items.push(...taken)
    if (taken.length < wanted.length && last !== undefined) {
      damage.push(...read.damage.filter((each) => isBefore(each, last.position)))
      return { items, position: last.position, damage, reachedEnd: false, ended: false }
    }
    damage.push(...read.damage)
    const reachedEnd = read.ended || isSame(read.position, position)
    position = read.position
    if (reachedEnd) return { items, position, damage, reachedEnd, ended: read.ended }
    if (items.length >= options.maxRecords) break
  }
  return { items, position, damage, reachedEnd: false, ended: false }
}

type Place = Pick<JournalPosition, 'segment' | 'offset'>

const isBefore = (a: Place, b: Place): boolean =>
  a.segment < b.segment || (a.segment === b.segment && a.offset < b.offset)

export const isSame = (a: Place, b: Place): boolean => a.segment === b.segment && a.offset === b.offset
