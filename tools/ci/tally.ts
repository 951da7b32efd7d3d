import type { ErrorsOfHooks } from './errors-of-hooks.ts'

/** What a run of Vitest left behind: its report (null where it died before writing one) and its exit code. */
export type TestRun = {
  readonly name: string
  readonly report: string | null
  readonly exitCode: number
  readonly errorsOfHooks?: ErrorsOfHooks
}
type Outcome = 'failed' | 'passed' | 'skipped'
/** A check that is not a test. */
export type Check = { readonly name: string; readonly outcome: Outcome }
export type Tally = Readonly<Record<Outcome, readonly string[]>> & {
  /** The first lines of what a failed test said, by its name. */
  readonly messages: ReadonlyMap<string, string>
}

/** The parts of Vitest's JSON report that are read here. */
type Report = {
  readonly testResults: readonly {
    readonly name: string
    readonly status: string
    readonly message?: string
    readonly assertionResults: readonly {
      readonly fullName: string
      readonly status: string
      readonly failureMessages?: readonly string[]
    }[]
  }[]
}

/**
 * Counts every test once, however many runs it was part of: failed anywhere is failed, and skipped means skipped
 * everywhere. A file that failed without a failed test, or a run that died, counts as one failed test.
 */
export function tally(runs: readonly TestRun[], checks: readonly Check[]): Tally {
  const outcomes = new Map<string, Outcome>()
  const messages = new Map<string, string>()
  for (const { name, outcome } of checks) outcomes.set(name, outcome)
  for (const run of runs) {
    for (const [name, outcome, message] of outcomesOf(run)) {
      if (outcome === 'failed' && message !== undefined) messages.set(name, message)
      const before = outcomes.get(name)
      outcomes.set(name, before === undefined ? outcome : worse(before, outcome))
    }
  }
  const names = (wanted: Outcome): readonly string[] =>
    [...outcomes].filter(([, outcome]) => outcome === wanted).map(([name]) => name)
  return { failed: names('failed'), passed: names('passed'), skipped: names('skipped'), messages }
}

function worse(left: Outcome, right: Outcome): Outcome {
  if (left === 'failed' || right === 'failed') return 'failed'
  return left === 'passed' || right === 'passed' ? 'passed' : 'skipped'
}

type Found = readonly [name: string, outcome: Outcome, message?: string]

function outcomesOf(run: TestRun): readonly Found[] {
  if (run.report === null) return [[`${run.name}: ended with ${run.exitCode} and no report`, 'failed']]
  const found: Found[] = []
  for (const file of (JSON.parse(run.report) as Report).testResults) {
    const seen = new Map<string, number>()
    const tests = file.assertionResults.map(({ failureMessages = [], fullName, status }): Found => {
      // Rows of a table may share one name; each is a test of its own.
      const count = (seen.get(fullName) ?? 0) + 1
      seen.set(fullName, count)
      const name = `${file.name} ${fullName}${count > 1 ? ` (${count})` : ''}`
      return withMessage(name, outcomeOf(status), failureMessages.join('\n'))
    })
    found.push(...tests)
    const unexplained = file.status === 'failed' && !tests.some(([, outcome]) => outcome === 'failed')
    const hook = run.errorsOfHooks?.[file.name]
    if (unexplained || hook !== undefined)
      found.push(withMessage(`${file.name}: the file itself`, 'failed', hook ?? file.message ?? ''))
  }
  // An error between tests, or a floor of coverage: Vitest fails and no test does.
  const unexplained = run.exitCode !== 0 && !found.some(([, outcome]) => outcome === 'failed')
  return unexplained ? [...found, [`${run.name}: ended with ${run.exitCode}`, 'failed']] : found
}

function withMessage(name: string, outcome: Outcome, said: string): Found {
  const message = said.split('\n').slice(0, 12).join('\n')
  return message === '' ? [name, outcome] : [name, outcome, message]
}

/** What the runner, or a line of a check, calls it. */
export function outcomeOf(status: string): Outcome {
  if (status === 'passed') return 'passed'
  return status === 'failed' ? 'failed' : 'skipped'
}
