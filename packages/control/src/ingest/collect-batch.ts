import type { JournalPosition, JournalRecord } from '@pointsman/contract'
import {
  readJournal,
  type FileLayer,
  type JournalDamage,
  type JournalRead,
  type JournalReadOptions,
  type PlacedRecord,
} from '@pointsman/journal'

/** What the database has to hear of, and the place after it. Outcomes go there as they stand in the journal. */
export interface CollectedItem extends Omit<PlacedRecord, 'record'> {
  readonly record: OutcomeLine | Exclude<JournalRecord, { readonly type: 'intent' | 'outcome' }>
}

interface OutcomeLine {
  readonly type: 'outcome-line'
}
const outcomeLine: OutcomeLine = { type: 'outcome-line' }

/** A stretch of one journal, small enough for one transaction. */
export interface CollectedBatch {
  /** In order, without intents: a recovery turns those that stay open into outcomes. */
  readonly items: readonly CollectedItem[]
  /** Where to read on once the batch is in. */
  readonly position: JournalPosition
  readonly damage: readonly JournalDamage[]
  /** What the items' JSON stands in. */
  readonly bytes: readonly Uint8Array[]
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

/** Some 460 requests: what is parsed in one turn of the loop, which serves requests too where both planes are one process. */
const readBytes = 1_048_576
/** A file is opened and closed for each read, which costs as much as reading this. */
const leastReadBytes = 65_536
/** Reads per batch, so that a long stretch without outcomes does not hold up the other journals. */
const maxReads = 16

/**
 * Reads on from a position until the batch is full or the journal has no more. Rejects only where nothing could be read:
 * what stands before a place that cannot be read must not wait for it, and the next batch begins at that place.
 */
export async function collectBatch(options: CollectOptions, from: JournalPosition): Promise<CollectedBatch> {
  const items: CollectedItem[] = []
  const damage: JournalDamage[] = []
  const bytes: Uint8Array[] = []
  let position = from
  let limitBytes = readBytes
  for (let reads = 0; reads < maxReads; reads += 1) {
    const reading = readPiece(options, position, {
      limitBytes,
      limitRecords: options.maxRecords - items.length,
    })
    const read = reads === 0 ? await reading : await reading.catch(() => null)
    if (read === null) break
    for (const { json, position: after, record } of read.records) {
      if (record.type === 'outcome') items.push({ json, position: after, record: outcomeLine })
      else if (record.type !== 'intent') items.push({ json, position: after, record })
    }
    damage.push(...read.damage)
    if (read.bytes !== null) bytes.push(read.bytes)
    limitBytes = Math.min(readBytes, bytesOfRest(read, position, options.maxRecords - items.length))
    const reachedEnd = read.ended || isSame(read.position, position)
    position = read.position
    if (reachedEnd) return { items, position, damage, bytes, reachedEnd, ended: read.ended }
    if (items.length >= options.maxRecords) break
  }
  return { items, position, damage, bytes, reachedEnd: false, ended: false }
}

const readPiece = (
  { files, journalDir }: CollectOptions,
  from: JournalPosition,
  limits: Pick<JournalReadOptions, 'limitBytes' | 'limitRecords'>,
): Promise<JournalRead<OutcomeLine>> =>
  readJournal(journalDir, from, {
    ...limits,
    skipIntents: true,
    insteadOfOutcome: outcomeLine,
    ...(files === undefined ? {} : { files }),
  })

/** What the rest of a batch may take, by what one read took: what is read past its end is read again by the next one. */
function bytesOfRest({ position, records }: JournalRead<OutcomeLine>, from: Place, rest: number): number {
  if (records.length === 0 || position.segment !== from.segment) return readBytes
  const each = (position.offset - from.offset) / records.length
  return Math.max(leastReadBytes, Math.ceil(each * rest * 1.05))
}

type Place = Pick<JournalPosition, 'segment' | 'offset'>

export const isSame = (a: Place, b: Place): boolean => a.segment === b.segment && a.offset === b.offset
