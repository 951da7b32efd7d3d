import { join } from 'node:path'
import type { JournalId, JournalPosition, JournalRecord } from '@pointsman/contract'
import { nodeFiles, type FileLayer } from './file-layer.ts'
import { folderOf, journalIdsIn, listFolder, segmentName, type JournalListing } from './folder.ts'
import { isIntent, isOutcome, parseLine } from './header.ts'
import { readSegment, type SegmentLine } from './segment-reader.ts'

/** A record and the place after it: a consumer that stores this place has taken the record in. */
export interface PlacedRecord<Line = never> {
  readonly record: JournalRecord | Line
  /** The record's JSON as it stands in the journal: bytes of what was read, so that nobody needs to write it anew. */
  readonly json: Uint8Array
  readonly position: JournalPosition
}

/**
 * Something in a journal that is not a record of ours. `torn-tail`: a segment ends in the middle of a line, as
 * a killed process or a power cut leaves it. `bad-line`: a line in the middle whose CRC does not hold.
 * `bad-header`: a segment that does not begin as the one that its name says. `missing-segment`: a file that
 * must have been there. `unknown-record`: written by a newer program.
 */
export interface JournalDamage {
  readonly kind: 'torn-tail' | 'bad-line' | 'bad-header' | 'missing-segment' | 'unknown-record'
  readonly journal: JournalId
  readonly segment: number
  readonly offset: number
  /** 0 where it is not known. */
  readonly bytes: number
}

export interface JournalRead<Line = never> {
  readonly records: readonly PlacedRecord<Line>[]
  /** Where to read on: after the last record, and after the damage that is named. */
  readonly position: JournalPosition
  /** The journal is sealed and read to its end. */
  readonly ended: boolean
  readonly damage: readonly JournalDamage[]
  /** What the records' JSON stands in, for whoever gives its memory back once done with all of them; null = nothing was read. */
  readonly bytes: Uint8Array | null
}

export interface JournalReadOptions<Line = never> {
  /** Bytes of segment to read in this call; exceeded only where one line is longer. */
  readonly limitBytes?: number
  /** Ends the read after so many records. */
  readonly limitRecords?: number
  /** Intents are passed over, unparsed: to whoever asks for outcomes only they are a third of what there is to do. */
  readonly skipIntents?: boolean
  /** Stands in place of each outcome, which then is not parsed: whoever passes it on has its JSON. */
  readonly insteadOfOutcome?: Line
  readonly files?: FileLayer
}

const defaultLimitBytes = 1_048_576

/** Ids of the journals in a directory, whether they can be read or not; empty when the directory does not exist. */
export const journalIds = (
  dir: string,
  options: { readonly files?: FileLayer } = {},
): Promise<readonly JournalId[]> => journalIdsIn(options.files ?? nodeFiles, dir)

export interface ListOptions {
  readonly files?: FileLayer
  /** Is told of a journal that cannot be listed, which is then left out; without it the whole listing rejects. */
  readonly onUnlisted?: (journal: JournalId, error: unknown) => void
}

/** The journals in a directory with what their folders hold. */
export async function listJournals(
  dir: string,
  { files = nodeFiles, onUnlisted }: ListOptions = {},
): Promise<readonly JournalListing[]> {
  const ids = await journalIdsIn(files, dir)
  const listings = ids.map(async (journal): Promise<readonly JournalListing[]> => {
    try {
      return [await listFolder(files, dir, journal)]
    } catch (error) {
      if (onUnlisted === undefined) throw error
      onUnlisted(journal, error)
      return []
    }
  })
  return (await Promise.all(listings)).flat()
}

/**
 * Reads records from a position, in the order in which they were written; at most the rest of one segment.
 * Takes only whole lines whose CRC holds, so it may be called while the writer writes; no record and an
 * unchanged position mean: nothing new yet. A record that was written twice (a failed sync) comes twice.
 * Rejects with `internal` when a segment was written by a newer version, and with the system's errors.
 */
export async function readJournal<Line = never>(
  dir: string,
  position: JournalPosition,
  options: JournalReadOptions<Line> = {},
): Promise<JournalRead<Line>> {
  const files = options.files ?? nodeFiles
  const listing = await listFolder(files, dir, position.journal)
  return readListed({ ...options, files, dir, listing }, position)
}

/** A journal's folder and what it held a moment ago. */
export interface ListedJournal<Line = never> extends JournalReadOptions<Line> {
  readonly files: FileLayer
  readonly dir: string
  readonly listing: JournalListing
}

/** As `readJournal`, over a listing: one that says `sealed` makes the end of the last segment final. */
export async function readListed<Line = never>(
  listed: ListedJournal<Line>,
  position: JournalPosition,
): Promise<JournalRead<Line>> {
  const damage: JournalDamage[] = []
  let at = position
  for (;;) {
    const step = await readStep(listed, at)
    damage.push(...step.damage)
    at = step.position
    // Where intents are passed over, a piece without a record was read all the same.
    if (step.records.length > 0 || step.ended || !step.more || listed.skipIntents === true) {
      return { records: step.records, position: at, ended: step.ended, damage, bytes: step.bytes }
    }
  }
}

/** One piece of one segment. `more`: another step may find something at once. */
async function readStep<Line>(
  listed: ListedJournal<Line>,
  at: JournalPosition,
): Promise<JournalRead<Line> & { more: boolean }> {
  const { files, dir, listing, limitBytes = defaultLimitBytes } = listed
  const file = await files.open(join(folderOf(dir, at.journal), segmentName(at.segment)), 'read')
  if (file === null) return readPastMissing(listing, at)
  const next = listing.segments.find((segment) => segment > at.segment)
  const growing = next === undefined && !listing.sealed
  try {
    const read = await readSegment(file, { offset: at.offset, limitBytes, growing })
    const { bytes, lines } = read
    const { damage, end, records } = parseLines(lines, at, listed)
    const place = { journal: at.journal, segment: at.segment }
    for (const found of read.damage)
      if (end === null || found.offset < end) damage.push({ ...place, ...found })
    damage.sort((a, b) => a.offset - b.offset)
    if (end !== null)
      return { records, position: { ...place, offset: end }, damage, bytes, ended: false, more: true }
    const forward = read.complete && next !== undefined
    return {
      records,
      position: forward
        ? { journal: at.journal, segment: at.segment + 1, offset: 0 }
        : { ...place, offset: read.end },
      damage,
      bytes,
      ended: read.complete && next === undefined,
      more: forward || read.end > at.offset,
    }
  } finally {
    await file.close()
  }
}

/** The segment is not there: the journal has not come so far yet, has ended, or has a hole. */
function readPastMissing(listing: JournalListing, at: JournalPosition): JournalRead & { more: boolean } {
  const next = listing.segments.find((segment) => segment > at.segment)
  const none = { records: [], bytes: null }
  if (next === undefined) return { ...none, position: at, damage: [], ended: listing.sealed, more: false }
  const damage = { kind: 'missing-segment', ...at, bytes: 0 } as const
  const position = { journal: at.journal, segment: at.segment + 1, offset: 0 }
  return { ...none, position, damage: [damage], ended: false, more: true }
}

/** `end`: after the record that was the last one wanted; null = all lines were taken. */
function parseLines<Line>(
  lines: readonly SegmentLine[],
  { journal, segment }: JournalPosition,
  { limitRecords = Infinity, insteadOfOutcome, skipIntents = false }: JournalReadOptions<Line>,
) {
  const records: PlacedRecord<Line>[] = []
  const damage: JournalDamage[] = []
  const place = { journal, segment }
  for (const { json, offset, end } of lines) {
    if (skipIntents && offset !== 0 && isIntent(json)) continue
    if (insteadOfOutcome !== undefined && offset !== 0 && isOutcome(json)) {
      records.push({ record: insteadOfOutcome, json, position: { journal, segment, offset: end } })
      if (records.length >= limitRecords) return { records, damage, end }
      continue
    }
    const parsed = parseLine(json.toString('utf8'), `${journal}/${segmentName(segment)}`)
    const isHeader = parsed.kind === 'header'
    if (parsed.kind === 'record')
      records.push({ record: parsed.record, json, position: { ...place, offset: end } })
    const damaged = { ...place, offset, bytes: end - offset }
    if (parsed.kind === 'unknown') damage.push({ kind: 'unknown-record', ...damaged })
    const fits = isHeader && parsed.header.journal === journal && parsed.header.segment === segment
    if (isHeader ? !fits || offset !== 0 : offset === 0) damage.push({ kind: 'bad-header', ...damaged })
    if (records.length >= limitRecords) return { records, damage, end }
  }
  return { records, damage, end: null }
}
