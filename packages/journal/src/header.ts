import type { JournalId, JournalRecord } from '@pointsman/contract'
import { PointsmanError } from '@pointsman/contract'

/** Version of the journal's form. A reader refuses a newer one: skipping it would lose records in silence. */
export const journalVersion = 1

/** The first line of every segment. */
export interface SegmentHeader {
  readonly type: 'header'
  readonly version: number
  readonly journal: JournalId
  readonly segment: number
  readonly createdAtMs: number
  /** Every intent in a segment before this one has its outcome before this header; absent = not known. */
  readonly openFrom?: number
}

export const headerJson = (header: Omit<SegmentHeader, 'type' | 'version'>): string =>
  JSON.stringify({ type: 'header', version: journalVersion, ...header } satisfies SegmentHeader)

export type ParsedLine =
  | { readonly kind: 'header'; readonly header: SegmentHeader }
  | { readonly kind: 'record'; readonly record: JournalRecord }
  /** A record of a type that this program does not know. */
  | { readonly kind: 'unknown'; readonly type: string }

const recordTypes: { readonly [Type in JournalRecord['type']]: true } = {
  intent: true,
  outcome: true,
  'pin-claim': true,
  'fallback-episode': true,
  captured: true,
}

const intentBegins = Buffer.from('{"type":"intent",')
const outcomeBegins = Buffer.from('{"type":"outcome",')

/** As the writer's JSON begins; what is of any other form is parsed. */
export const isIntent = (json: Buffer): boolean => beginsWith(json, intentBegins)
export const isOutcome = (json: Buffer): boolean => beginsWith(json, outcomeBegins)

/** From its end on, where types differ: half of what the platform's comparison takes. */
function beginsWith(json: Buffer, begin: Buffer): boolean {
  for (let at = begin.length - 1; at >= 0; at -= 1) if (json[at] !== begin[at]) return false
  return true
}

/**
 * Reads the JSON of a line whose CRC holds. Its shape beyond `type` is taken on trust: the CRC says that it is
 * what our own writer wrote, and readers ignore fields that they do not know.
 */
export function parseLine(json: string, place: string): ParsedLine {
  const value = parse(json)
  if (typeof value !== 'object' || value === null || !('type' in value)) return { kind: 'unknown', type: '' }
  const type = String(value.type)
  if (Object.hasOwn(recordTypes, type)) return { kind: 'record', record: value as JournalRecord }
  if (type !== 'header') return { kind: 'unknown', type }
  const header = value as SegmentHeader
  if (header.version > journalVersion) {
    throw new PointsmanError(
      'internal',
      `The journal segment ${place} has version ${header.version}; this program reads up to ${journalVersion}. ` +
        'Run the program that wrote it, or a newer one, to take its records in.',
    )
  }
  return { kind: 'header', header }
}

const parse = (json: string): unknown => {
  try {
    return JSON.parse(json)
  } catch {
    // Its CRC holds, so no disk did this: somebody wrote it. The caller counts it as a record of unknown type.
    return null
  }
}
