import {
  charged,
  earned,
  freshRetryBudget,
  spent,
  type RetryBudgetNumbers,
  type RetryNumbers,
} from '@pointsman/core'

/** What retries may still add to the load of this process: one budget for each model and region, and one for all of them. */
export interface RetryBudgets {
  /** A call that is no retry: it earns. */
  called(key: string): void
  /** Failure sent a request on to another candidate: that is load too, and cannot be refused. */
  movedOn(key: string): void
  /** Takes one retry, or says that there is none to be had. */
  take(key: string, nowMs: number): boolean
}

interface Cell {
  balance: number
  lastAtMs: number
}

/** The holder of these budgets; one a process, bounded to `maxBudgets`: the one known for longest makes room. */
export function createRetryBudgets(numbers: RetryNumbers, maxBudgets = 1_000): RetryBudgets {
  const { budgetPercent: percent } = numbers
  const each: RetryBudgetNumbers = {
    percent,
    saved: numbers.savedRetries,
    floorEveryMs: numbers.floorEveryMs,
  }
  const whole: RetryBudgetNumbers = {
    percent,
    saved: numbers.processSavedRetries,
    floorEveryMs: numbers.processFloorEveryMs,
  }
  const cells = new Map<string, Cell>()
  const ofProcess: Cell = { ...freshRetryBudget }
  const cellOf = (key: string): Cell => {
    const known = cells.get(key)
    if (known !== undefined) return known
    const oldest = cells.keys().next()
    if (cells.size >= maxBudgets && oldest.done !== true) cells.delete(oldest.value)
    const cell: Cell = { ...freshRetryBudget }
    cells.set(key, cell)
    return cell
  }
  return {
    called(key) {
      const cell = cellOf(key)
      cell.balance = earned(cell.balance, each)
      ofProcess.balance = earned(ofProcess.balance, whole)
    },
    movedOn(key) {
      const cell = cellOf(key)
      cell.balance = charged(cell.balance)
    },
    take(key, nowMs) {
      const cell = cellOf(key)
      const own = spent(cell, nowMs, each)
      const all = spent(ofProcess, nowMs, whole)
      if (own === null || all === null) return false
      Object.assign(cell, own)
      Object.assign(ofProcess, all)
      return true
    },
  }
}
