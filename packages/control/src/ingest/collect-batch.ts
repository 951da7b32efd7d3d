import type { JournalPosition, JournalRecord } from '@pointsman/contract'
import { readJournal, type FileLayer, type JournalDamage, type PlacedRecord } from '@pointsman/journal'
import { factsOf, type RecordFacts } from '@pointsman/registry'

/** What the database has to hear of, and the place after it. */
export interface CollectedItem extends Omit<PlacedRecord, 'record'> {
  readonly record:
    | { readonly type: 'outcome'; readonly facts: RecordFacts }
    | Exclude<JournalRecord, { readonly type: 'intent' | 'outcome' }>
}

/** A stretch of one journal, small enough for one transaction. */
export interface CollectedBatch {
  /** In order, without intents: a recovery turns those that stay open into outcomes. */
  readonly items: readonly CollectedItem[]
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

/** Some 230 requests: what is parsed in one turn of the loop, which serves requests too where both planes are one process. */
const readBytes = 524_288
/** Reads per batch, so that a long stretch without outcomes does not hold up the other journals. */
const maxReads = 16

/** Reads on from a position until the batch is full or the journal has no more. */
export async function collectBatch(options: CollectOptions, from: JournalPosition): Promise<CollectedBatch> {
  const items: CollectedItem[] = []
  const damage: JournalDamage[] = []
  let position = from
  for (let reads = 0; reads < maxReads; reads += 1) {
    const read = await readJournal(options.journalDir, position, {
      limitBytes: readBytes,
      limitRecords: options.maxRecords - items.length,
      skipIntents: true,
      ...(options.files === undefined ? {} : { files: options.files }),
    })
    for (const { json, position: after, record } of read.records) {
      if (record.type === 'intent') continue
      const told = record.type === 'outcome' ? { type: record.type, facts: factsOf(record.record) } : record
      items.push({ json, position: after, record: told })
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

export const isSame = (a: Place, b: Place): boolean => a.segment === b.segment && a.offset === b.offset
