import type { JournalRecord, UsageRecord } from '@pointsman/contract'
import type { Log, RecordSink } from '@pointsman/engine'

export interface ToldRecordsParts {
  /** Tells a server; rejects where it did not take them. Null = there is none. */
  readonly tell: ((told: readonly JournalRecord[]) => Promise<void>) | null
  /** One line on standard output, which Lambda keeps whatever becomes of this process. */
  readonly write: (line: string) => void
  readonly take: (record: UsageRecord) => void
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

/**
 * The sink of a function, which is frozen once its answer is out: an answer ends when its record was taken by the server or
 * stands in the function's log, whichever is first possible. A holder of mutable state: what waits to be told, bounded; what is
 * pushed out of it stands in the log.
 */
export function tellingRecords({ log, take, tell, write }: ToldRecordsParts): RecordSink {
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
    try {
      await tell(all.map(({ told }) => told))
    } catch (error) {
      log('warn', 'records_not_told', { waiting: all.length, error })
      waiting = [...all.map(intoLog), ...waiting].slice(0, mostWaiting)
    }
  }
  return {
    intent: () => undefined,
    async outcome(record) {
      put({ type: 'outcome', record })
      take(record)
      await flush()
    },
    pinClaim: (claim) => put({ type: 'pin-claim', claim }),
    fallbackEpisode: (episode) => put({ type: 'fallback-episode', episode }),
    captured: () => false,
    state: () => 'open',
  }
}
