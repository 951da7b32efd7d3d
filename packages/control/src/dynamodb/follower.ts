import { toPointsmanError } from '@pointsman/contract'
import {
  claimFollowedTable,
  followedItems,
  noteLook,
  putFollowedItems,
  releaseFollowedTable,
  removeFollowedItems,
  type FollowedItem,
  type FollowedTable,
} from '@pointsman/registry'
import type { ControlHouse } from '../house.ts'
import type { DynamoDb } from '../ports.ts'
import { followAgents } from './follow-agents.ts'
import { followModels } from './follow-models.ts'
import type { Looked } from './look.ts'
import { openTable, readTable, type Table, type TableItem } from './table.ts'

/** One table, followed. */
export interface Follower {
  /** A look where one is due, and where no other host looks; the one that is under way, where one is. Never rejects. */
  tick(): Promise<void>
  /** What is wrong with the table as this host sees it; null = nothing, or another host looks. */
  problem(): string | null
  /** Lets another host follow at once. */
  release(): Promise<void>
}

export interface FollowerParts {
  readonly house: ControlHouse
  readonly dynamo: DynamoDb
  readonly followed: FollowedTable
  readonly writeBack: boolean
  /** Which process of all it is. */
  readonly holder: string
}

/** An edit is live within five seconds, at whichever moment between two looks it is made. */
const lookEveryMs = 2_000
/** What following a table may cost at most, in read capacity units a second: a large table is looked at less often. */
const unitsPerSecond = 25
/** A table that is away, or that refuses, is not asked every two seconds for hours. */
const longestWaitMs = 30_000

/** A holder of mutable state: the table as it was opened, the next look's time, what was wrong at the last. */
export function createFollower(parts: FollowerParts): Follower {
  const { followed, house } = parts
  const { clock, log } = house
  const hold = createHold(parts)
  let table: Table | null = null
  let rest: Rest = { fromMs: 0, forMs: 0 }
  let failures = 0
  let problem: string | null = null
  let revision = -1
  let underWay: Promise<void> | null = null

  const tell = (now: string | null): void => {
    // Once for each reason: it may be away for hours.
    if (now !== problem)
      log(now === null ? 'info' : 'warn', 'table_followed', { table: followed.name, problem: now })
    problem = now
  }
  const look = async (): Promise<void> => {
    try {
      table ??= await openTable(parts.dynamo, followed.name)
      const present = house.publishing.holder.required().compiled.revision.number
      const { everyMs, items, wrong } = await lookOnce(parts, table, present !== revision)
      if (wrong === null) revision = present
      failures = 0
      rest = { fromMs: clock.nowMs(), forMs: everyMs }
      tell(wrong)
      await hold.note({ items, everyMs, problem: wrong })
    } catch (thrown) {
      const error = toPointsmanError(thrown)
      if (error.code === 'registry_unavailable') throw error
      if (error.code === 'internal')
        log('error', 'table_not_followed', { table: followed.name, error: thrown })
      failures += 1
      // It may be another one by then.
      table = null
      const everyMs = Math.min(longestWaitMs, lookEveryMs * 2 ** (failures - 1))
      rest = { fromMs: clock.nowMs(), forMs: everyMs }
      tell(error.message)
      await hold.note({ items: null, everyMs, problem: error.message })
    }
  }
  const lookIfDue = async (): Promise<void> => {
    if (isWithin(rest, clock.nowMs())) return
    rest = { fromMs: clock.nowMs(), forMs: lookEveryMs }
    try {
      if (await hold.claim()) await look()
      else tell(null)
    } catch (error) {
      // The registry is away: that is told elsewhere.
      log('debug', 'table_not_followed', { table: followed.name, error })
    }
  }
  return {
    tick: () => {
      underWay ??= lookIfDue().finally(() => {
        underWay = null
      })
      return underWay
    },
    problem: () => problem,
    release: () => hold.release(),
  }
}

interface Rest {
  readonly fromMs: number
  readonly forMs: number
}

/** A clock that was set back is out of it: nothing would be looked at until it has caught up. */
const isWithin = ({ forMs, fromMs }: Rest, nowMs: number): boolean =>
  nowMs >= fromMs && nowMs < fromMs + forMs

interface LookNote {
  readonly items: number | null
  readonly everyMs: number
  readonly problem: string | null
}

/** The table as this process has it among all: that it looks, and what it found. */
interface Hold {
  /** False = another process looks. */
  claim(): Promise<boolean>
  note(look: LookNote): Promise<void>
  release(): Promise<void>
}

/** A process that dies is followed by another one. */
const claimForMs = 12_000
/** Written now and then, not at every look: the embedded database syncs each commit to the disk. */
const renewEveryMs = 4_000

/** A holder of mutable state: when the table was claimed last, and what was noted of it. */
function createHold({ followed, holder, house }: FollowerParts): Hold {
  const { clock, database, publishing } = house
  let claimedAtMs = -Infinity
  let noted: (LookNote & { readonly atMs: number }) | null = null
  return {
    claim: async () => {
      if (isWithin({ fromMs: claimedAtMs, forMs: renewEveryMs }, clock.nowMs())) return true
      const isTakenOver = !isWithin({ fromMs: claimedAtMs, forMs: claimForMs }, clock.nowMs())
      const isOurs = await claimFollowedTable(database, followed, { holder, forMs: claimForMs })
      // What the process before noted may be of a revision that is not held here yet: it would look like a switch, and the edit
      // that comes next like a conflict.
      if (isOurs && isTakenOver) await publishing.look()
      claimedAtMs = isOurs ? clock.nowMs() : -Infinity
      return isOurs
    },
    note: async (look) => {
      const nowMs = clock.nowMs()
      const isSame = noted?.items === look.items && noted.problem === look.problem
      if (noted !== null && isSame && isWithin({ fromMs: noted.atMs, forMs: renewEveryMs }, nowMs)) return
      await noteLook(database, followed, look)
      noted = { ...look, atMs: nowMs }
    },
    release: async () => {
      claimedAtMs = -Infinity
      await releaseFollowedTable(database, followed, holder)
    },
  }
}

interface LookOutcome {
  readonly items: number
  readonly everyMs: number
  /** What is wrong with the table as a whole; null = nothing. */
  readonly wrong: string | null
}

async function lookOnce(parts: FollowerParts, table: Table, tryRefused: boolean): Promise<LookOutcome> {
  const { dynamo, followed, house } = parts
  // Before the table: where reading takes so long that another process takes over, what it notes meanwhile would make an edit
  // of what the table said before.
  const before = await followedItems(house.database, followed)
  const { items, units } = await readTable(dynamo, table)
  const outcome = {
    items: items.length,
    everyMs: Math.max(lookEveryMs, Math.ceil((units / unitsPerSecond) * 1_000)),
  }
  const gone = goneItems(before, items)
  if (isShrunken(before, items)) return { ...outcome, wrong: shrunkenWords(followed, items, gone.length) }
  const follow = followed.kind === 'agents' ? followAgents : followModels
  const looked = await follow({ ...parts, table, items, before, tryRefused })
  const newlyGone = gone.filter(({ key }) => before.get(key)?.state !== 'gone')
  await putFollowedItems(house.database, followed, [...looked.after, ...newlyGone])
  await removeFollowedItems(house.database, followed, looked.forgotten)
  return { ...outcome, wrong: unwrittenWords(looked) }
}

const goneWords = 'It is in the table no more. What it said last holds here.'

function goneItems(
  before: ReadonlyMap<string, FollowedItem>,
  items: readonly TableItem[],
): readonly FollowedItem[] {
  const present = new Set(items.map(({ keyText }) => keyText))
  return [...before.values()]
    .filter(({ key }) => !present.has(key))
    .map((item) => ({ ...item, state: 'gone', problem: goneWords }))
}

/** An emptied table, or one with less than half of what it had: that is a slip, and nobody's edit. */
function isShrunken(before: ReadonlyMap<string, FollowedItem>, items: readonly TableItem[]): boolean {
  const known = [...before.values()].filter(({ state }) => state !== 'gone').length
  return known > 0 && (items.length === 0 || items.length * 2 < known)
}

function shrunkenWords({ kind, name }: FollowedTable, items: readonly TableItem[], lost: number): string {
  // An import of nothing is refused.
  if (items.length === 0)
    return `The DynamoDB table ${name} has no items any more: it is not followed until they are back. If that is meant, put into it what it is to hold, and take that as it is: pointsman ${kind} import --dynamodb ${name}`
  return `The DynamoDB table ${name} lacks ${lost} items that it had, which is most of them: it is not followed until they are back. If that is meant, take it as it is: pointsman ${kind} import --dynamodb ${name}`
}

const unwrittenWords = ({ unwritten }: Looked): string | null => {
  const [first, ...others] = unwritten
  if (first === undefined) return null
  const more = others.length === 0 ? '' : ` and ${others.length} more`
  return `A switch could not be written back to the item ${first.key}${more}, and is tried again: ${first.reason}`
}
