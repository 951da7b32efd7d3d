import type { JournalRecord, UsageRecord } from '@pointsman/contract'
import type { Log, RecordSink } from '@pointsman/engine'

export interface ToldRecordsParts {
  /** Tells a server; rejects where it did not hear. `refused`: told again, it would say the same. Null = there is none. */
  readonly tell: ((told: readonly JournalRecord[]) => Promise<'taken' | 'refused'>) | null
  /** One line on standard output, which Lambda keeps whatever becomes of this process. */
  readonly write: (line: string) => void
  readonly take: (record: UsageRecord) => void
  /** Of the records that were taken. Never rejects, and takes no longer than an answer may be held up. */
  readonly sendMetrics: () => Promise<void>
  readonly log: Log
}

interface Waiting {
  readonly told: JournalRecord
  readonly isLogged: boolean
}

/** The word by which `pointsman usage take` finds records in a log. */
const recordEvent = 'usage_record'

/** What waits for the next try beside: each stands in the log already. */
const mostWaiting = 500

/** More in one body is refused whole by the server. */
const mostAtOnce = 500

/**
 * The sink of a function, which is frozen once its answer is out: an answer ends when its record was taken by the server or
 * stands in the function's log, whichever is first possible. A holder of mutable state: what waits to be told, bounded; what is
 * pushed out of it stands in the log.
 */
export function tellingRecords({ log, sendMetrics, take, tell, write }: ToldRecordsParts): RecordSink {
  let waiting: Waiting[] = []
  const put = (told: JournalRecord): void => void waiting.push({ told, isLogged: false })
  const intoLog = ({ isLogged, told }: Waiting): Waiting => {
    if (!isLogged) write(JSON.stringify({ event: recordEvent, told }))
    return { told, isLogged: true }
  }
  const flush = async (): Promise<void> => {
    const all = waiting
    waiting = []
    if (tell === null) {
      for (const one of all) intoLog(one)
      return
    }
    // The newest go first: nobody waits for the others.
    const [later, now] = [all.slice(0, -mostAtOnce), all.slice(-mostAtOnce)]
    try {
      const word = await tell(now.map(({ told }) => told))
      if (word === 'refused') {
        now.map(intoLog)
        log('error', 'records_refused', { records: now.length })
      }
      waiting = [...later, ...waiting]
    } catch (error) {
      log('warn', 'records_not_told', { waiting: all.length, error })
      // The oldest make room: they stand in the log since they could not be told the first time.
      waiting = [...later, ...now.map(intoLog), ...waiting].slice(-mostWaiting)
    }
  }
  return {
    intent: () => undefined,
    async outcome(record) {
      put({ type: 'outcome', record })
      take(record)
      await Promise.all([flush(), sendMetrics()])
    },
    pinClaim: (claim) => put({ type: 'pin-claim', claim }),
    fallbackEpisode: (episode) => put({ type: 'fallback-episode', episode }),
    captured: null,
    state: () => 'open',
  }
}
