import type { Principal } from '@pointsman/contract'
import { markNotificationShown, noticesBetween, settledPlace, type SwitchRow } from '@pointsman/registry'
import type { ChangeFeed, FeedParts } from '../events/change-feed.ts'
import type { EventStreams, EventWriter, StreamOpener } from '../http/event-stream.ts'
import type { Publishing } from '../publishing/publishing.ts'
import { readTouched, type Interest } from './touched.ts'

export interface NoticeStreams {
  /**
   * Notices of switches that change the next answer of a user or a conversation, as events whose id is their place in the chain.
   * `after` = the place of the last one that was seen, a thousand switches ago at most; null = from now on.
   */
  open(
    asked: {
      readonly interest: Interest
      readonly opener: StreamOpener
      readonly after: number | null
      readonly signal: AbortSignal
    },
    show: (row: SwitchRow) => unknown,
  ): Promise<ReadableStream<Uint8Array>>
}

export interface NoticeParts extends FeedParts {
  readonly feed: ChangeFeed
  readonly streams: EventStreams
  readonly publishing: Publishing
}

interface Subscriber {
  readonly interest: Interest
  readonly writer: EventWriter
  readonly show: (row: SwitchRow) => unknown
  /** Place in the chain up to which it was told, or had nothing to be told. */
  after: number
}

const mostAtOnce = 200
/** Nobody is helped by older ones, and reading the whole log again would hold up everybody else's. */
const furthestBack = 1_000

/** Holder of the subscribers; bounded by the streams that may be open. */
export function createNoticeStreams(parts: NoticeParts): NoticeStreams {
  const { database, feed, log, streams } = parts
  const subscribers = new Set<Subscriber>()
  let telling: Promise<void> = Promise.resolve()
  const look = (): void => {
    telling = telling
      .then(() => tellAll(parts, subscribers))
      .catch((error: unknown) => {
        log('warn', 'notices_not_told', { error })
      })
  }
  return {
    async open({ interest, opener, after, signal }, show) {
      const present = await settledPlace(database)
      const earliest = Math.max(0, present - furthestBack)
      // A place beyond the present one is of a history that was replaced by a restore.
      const from = after === null ? present : Math.min(present, Math.max(earliest, after))
      const left = new AbortController()
      const { stream, writer } = streams.open(signal, () => left.abort(), opener)
      const subscriber: Subscriber = { interest, writer, show, after: from }
      try {
        await feed.follow(look, left.signal)
      } catch (error) {
        writer.end('shutting_down')
        throw error
      }
      if (after === null) writer.place(String(from))
      else if (after < earliest)
        writer.remark('Earlier notices are not told again; GET /notifications lists them.')
      subscribers.add(subscriber)
      left.signal.addEventListener('abort', () => subscribers.delete(subscriber))
      if (left.signal.aborted) subscribers.delete(subscriber)
      look()
      return stream
    },
  }
}

/** What came since each of them was told last; the registry is asked once for all. */
async function tellAll(parts: NoticeParts, subscribers: ReadonlySet<Subscriber>): Promise<void> {
  for (;;) {
    const waiting = [...subscribers]
    if (waiting.length === 0) return
    const after = Math.min(...waiting.map((subscriber) => subscriber.after))
    const upTo = await settledPlace(parts.database)
    if (upTo <= after) return
    const rows = await noticesBetween(parts.database, { after, upTo, limit: mostAtOnce })
    if (rows.length > 0) await tellRows(parts, waiting, rows)
    const isAll = rows.length < mostAtOnce
    const reached = isAll ? upTo : (rows.at(-1)?.record.sequence ?? upTo)
    for (const subscriber of waiting) subscriber.after = Math.max(subscriber.after, reached)
    if (isAll) return
  }
}

async function tellRows(
  parts: NoticeParts,
  waiting: readonly Subscriber[],
  rows: readonly SwitchRow[],
): Promise<void> {
  const { compiled } = parts.publishing.holder.required()
  const interests = waiting.map(({ interest }) => interest)
  const touched = await readTouched(parts.database, compiled, interests)
  for (const row of rows) {
    for (const subscriber of waiting) {
      const isNew = row.record.sequence > subscriber.after
      if (isNew && touched.by(row, subscriber.interest)) tell(parts, subscriber, row)
    }
  }
}

function tell({ database, log }: NoticeParts, { writer, show }: Subscriber, row: SwitchRow): void {
  const { id, sequence } = row.record
  writer.send({
    id: String(sequence),
    event: 'notification',
    data: show(row),
    taken: () => {
      markNotificationShown(database, id).catch((error: unknown) => {
        log('warn', 'notification_mark_failed', { switchId: id, error })
      })
    },
  })
}

/** Whose notices a caller may see: a signed-in user's are its own, whatever it asks for. */
export const interestOf = (
  principal: Principal,
  asked: {
    readonly userId?: Interest['userId'] | undefined
    readonly conversationId?: Interest['conversationId'] | undefined
  },
): Interest => ({
  workspace: principal.workspace,
  userId: principal.userId ?? asked.userId ?? null,
  conversationId: asked.conversationId ?? null,
  ownOnly: principal.userId !== null,
})
