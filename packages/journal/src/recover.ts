import { join } from 'node:path'
import type { Intent, JournalId, JournalRecord, RequestId } from '@pointsman/contract'
import { nodeFiles, type FileLayer } from './file-layer.ts'
import { folderOf, journalIdsIn, listFolder, recoveryName, seal, segmentName } from './folder.ts'
import type { JournalListing } from './folder.ts'
import { headerJson, parseLine, type SegmentHeader } from './header.ts'
import { lineOf } from './line.ts'
import { readListed, type JournalDamage } from './read-journal.ts'
import { readSegment } from './segment-reader.ts'
import { unknownOutcome } from './unknown-outcome.ts'

const headerBytesAtMost = 1_024

export interface RecoverOptions {
  /** The journal of the caller; null when it has none. */
  readonly ownId: JournalId | null
  /** Journals of other writers that live (workers of the same host). A living one must never be recovered. */
  readonly otherLiveIds?: ReadonlySet<JournalId>
  /** Nothing but these, whatever else is there: for a caller that made sure of each one that its writer is dead. */
  readonly only?: ReadonlySet<JournalId>
  readonly nowMs: number
  readonly files?: FileLayer
}

export interface RecoveredJournal {
  readonly journal: JournalId
  readonly records: number
  /** Requests that were closed as `unknown`. */
  readonly closedIntents: readonly RequestId[]
  /** A torn tail here is what a crash leaves; no acknowledged record is in it. */
  readonly damage: readonly JournalDamage[]
}

export interface Recovery {
  readonly journals: readonly RecoveredJournal[]
  /** Journals that could not be recovered now; they stay as they are for the next time. */
  readonly failures: readonly { readonly journal: JournalId; readonly error: unknown }[]
}

/**
 * Brings the journals of dead writers to their end: closes each intent without an outcome by an outcome
 * `unknown` in a segment of its own, then seals the journal, so that it happens once. Killed at any point, the
 * next call does what is left. The caller answers for it that no writer of the directory lives except those it
 * names (the lock on the data folder): an outcome that a living writer adds later would lose to `unknown`.
 * Rejects when the directory cannot be listed; one journal's failure does not stop the others.
 */
export async function recover(dir: string, options: RecoverOptions): Promise<Recovery> {
  const files = options.files ?? nodeFiles
  const journals: RecoveredJournal[] = []
  const failures: { journal: JournalId; error: unknown }[] = []
  for (const journal of await journalIdsIn(files, dir)) {
    if (journal === options.ownId || options.otherLiveIds?.has(journal) === true) continue
    if (options.only?.has(journal) === false) continue
    try {
      const recovered = await recoverOne({ files, dir, nowMs: options.nowMs }, journal)
      if (recovered !== null) journals.push(recovered)
    } catch (error) {
      failures.push({ journal, error })
    }
  }
  return { journals, failures }
}

interface RecoveryPlace {
  readonly files: FileLayer
  readonly dir: string
  readonly nowMs: number
}

/** Null when the journal is sealed already. */
async function recoverOne(place: RecoveryPlace, journal: JournalId): Promise<RecoveredJournal | null> {
  const { files, dir } = place
  const folder = folderOf(dir, journal)
  const listing = await listFolder(files, dir, journal)
  if (listing.sealed) return null
  const segments = await segmentsToScan(files, dir, listing)
  // A killed process leaves its last writes to the system, which a power cut may still take away. Whatever is
  // decided here rests on them, so they are synced first.
  for (const segment of segments) await syncFile(files, join(folder, segmentName(segment)))
  const scan = await scanJournal(files, dir, { ...listing, segments })
  const open = [...scan.openIntents.values()]
  if (open.length > 0)
    await writeOutcomes(place, { journal, segment: (listing.segments.at(-1) ?? 0) + 1 }, open)
  await files.syncDirectory(folder)
  await seal(files, folder)
  const closedIntents = open.map((intent) => intent.requestId)
  return { journal, records: scan.records, closedIntents, damage: scan.damage }
}

/**
 * Those in which an intent may be open, and those that the database does not have whole: a journal is kept for days after it was
 * ingested, and no start is to wait until all of that is read. By what the newest header says, since no span of time would do:
 * outcomes wait as long as a disk fails, and clocks are set.
 */
async function segmentsToScan(
  files: FileLayer,
  dir: string,
  { ingested, journal, segments }: JournalListing,
): Promise<readonly number[]> {
  for (const segment of segments.toReversed()) {
    const header = await readHeader(files, join(folderOf(dir, journal), segmentName(segment)))
    if (header === null) continue
    const { openFrom = 0 } = header
    return segments.slice(segments.findIndex((each) => each >= openFrom || !ingested.has(each)))
  }
  return segments
}

/** Null where the segment does not begin with one: power was cut before it was synced. */
async function readHeader(files: FileLayer, path: string): Promise<SegmentHeader | null> {
  const file = await files.open(path, 'read')
  if (file === null) return null
  try {
    const { lines } = await readSegment(file, { offset: 0, limitBytes: headerBytesAtMost, growing: false })
    const [first] = lines
    if (first?.offset !== 0) return null
    const parsed = parseLine(first.json.toString('utf8'), path)
    return parsed.kind === 'header' ? parsed.header : null
  } finally {
    await file.close()
  }
}

async function syncFile(files: FileLayer, path: string): Promise<void> {
  const file = await files.open(path, 'write')
  if (file === null) return
  try {
    await file.datasync()
  } finally {
    await file.close()
  }
}

/** Reads a dead journal piece by piece; holds only the intents that are open at a time, and the damage. */
async function scanJournal(files: FileLayer, dir: string, listing: JournalListing) {
  const openIntents = new Map<RequestId, Intent>()
  const damage: JournalDamage[] = []
  let records = 0
  let position = { journal: listing.journal, segment: listing.segments[0] ?? 1, offset: 0 }
  for (;;) {
    const read = await readListed({ files, dir, listing: { ...listing, sealed: true } }, position)
    for (const { record } of read.records) followIntent(openIntents, record)
    records += read.records.length
    damage.push(...read.damage)
    if (read.ended) return { openIntents, damage, records }
    position = read.position
  }
}

function followIntent(openIntents: Map<RequestId, Intent>, record: JournalRecord): void {
  if (record.type === 'intent') openIntents.set(record.intent.requestId, record.intent)
  if (record.type === 'outcome') openIntents.delete(record.record.requestId)
}

/** Writes the segment under another name first: it appears whole or not at all. */
async function writeOutcomes(
  { files, dir, nowMs }: RecoveryPlace,
  { journal, segment }: { readonly journal: JournalId; readonly segment: number },
  intents: readonly Intent[],
): Promise<void> {
  const folder = folderOf(dir, journal)
  const part = join(folder, recoveryName)
  await files.remove(part)
  const file = await files.create(part)
  try {
    let offset = 0
    const write = async (json: string): Promise<void> => {
      const line = lineOf(json)
      await file.write(line, offset)
      offset += line.length
    }
    await write(headerJson({ journal, segment, createdAtMs: nowMs, openFrom: segment }))
    for (const intent of intents) {
      const record: JournalRecord = { type: 'outcome', record: unknownOutcome(intent) }
      await write(JSON.stringify(record))
    }
    await file.datasync()
  } finally {
    await file.close()
  }
  await files.rename(part, join(folder, segmentName(segment)))
  await files.syncDirectory(folder)
}
