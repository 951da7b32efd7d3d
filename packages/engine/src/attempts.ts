import { errorTable, type Candidate, type PointsmanError, type UsageRecord } from '@pointsman/contract'
import { retryWaitMs, type Admission } from '@pointsman/core'
import { circuitKey } from './circuit-key.ts'
import { exhaustedError } from './exhausted.ts'
import { endLeft, failRun } from './finish-job.ts'
import { prepare, type PreparedCandidate } from './prepare.ts'
import type { Run } from './run.ts'
import { serveStream } from './serve-stream.ts'
import { serveWhole } from './serve-whole.ts'
import { waitToRetry } from './wait-to-retry.ts'

/** A walk along the plan; it lives for one call of `tryCandidates`. */
interface Walk {
  readonly run: Run
  /** Not come to yet. */
  readonly waiting: Candidate[]
  /** Their circuits let nobody through when the walk came to them. */
  readonly heldBack: Candidate[]
  /** Why the first candidate that cannot honour the request cannot. */
  unfit: PointsmanError | null
  /** Nobody else is left, or the job says so: circuits are not asked. */
  ignoresCircuits: boolean
}

/**
 * The plan's candidates in their order, until one serves, the client leaves, or an error ends the plan. Throws what is
 * wrong with the request itself.
 */
export async function tryCandidates(run: Run): Promise<UsageRecord> {
  const { asksNoCircuit = false, operation, plan } = run.job
  // A count is of the model that would serve; another one's would mislead.
  const waiting = plan.candidates.slice(0, operation === 'count-tokens' ? 1 : undefined)
  const ignoresCircuits = asksNoCircuit || plan.circuitsIgnored === true
  const walk: Walk = { run, waiting, heldBack: [], unfit: null, ignoresCircuits }
  // The deadline may pass between two attempts: no call is begun for a caller whose time is up.
  while (!run.clientLeft && !isTimeUp(run)) {
    const candidate = nextOf(walk)
    if (candidate === null) break
    const prepared = readyToCall(walk, candidate)
    const record =
      prepared === null ? null : ((await callOnce(walk, prepared)) ?? (await callAgain(walk, prepared)))
    if (record !== null) return record
    if (endsThePlan(run)) break
  }
  return endUnserved(walk)
}

/** Circuits that closed to others since the plan was made do not empty it: where nobody was called they are ignored. */
function nextOf(walk: Walk): Candidate | null {
  const next = walk.waiting.shift()
  if (next !== undefined) return next
  if (walk.heldBack.length === 0 || walk.run.attempts.length > 0) return null
  walk.waiting.push(...walk.heldBack.splice(0))
  walk.ignoresCircuits = true
  return walk.waiting.shift() ?? null
}

/** Past the gates once more; null = it is not called, and why is noted. */
function readyToCall(walk: Walk, candidate: Candidate): PreparedCandidate | null {
  const { run } = walk
  const admitted = admit(walk, candidate)
  if (admitted === null) return null
  const prepared = preparedFor(walk, candidate, admitted)
  if (prepared === null) return null
  run.resilienceOf(candidate).retryBudgets.called(circuitKey(candidate))
  run.admission = admitted
  return prepared
}

function callOnce({ run, waiting }: Walk, prepared: PreparedCandidate): Promise<UsageRecord | null> {
  const serve = run.job.operation === 'chat-stream' ? serveStream : serveWhole
  return serve(run, prepared, waiting.length + 1)
}

/** After a failure: for as long as another call of the same candidate serves sooner than moving on. */
async function callAgain(walk: Walk, prepared: PreparedCandidate): Promise<UsageRecord | null> {
  const { run } = walk
  const { candidate } = prepared
  for (let retries = 0; !endsThePlan(run); retries++) {
    const waitMs = retryWait(walk, candidate, retries)
    if (waitMs !== null) await waitToRetry(run, waitMs)
    if (waitMs === null || !mayTryAgain(walk, candidate)) {
      // Where all are failing a move is taken from the retry budget before it is made.
      if (walk.waiting.length > 0 && !walk.ignoresCircuits)
        run.resilienceOf(candidate).retryBudgets.movedOn(circuitKey(candidate))
      return null
    }
    const record = await callOnce(walk, prepared)
    if (record !== null) return record
  }
  return null
}

/** How the circuit lets the candidate's call through; null = it was left out, and why is noted. */
function admit(walk: Walk, candidate: Candidate): Admission | null {
  const { run } = walk
  const { circuits } = run.resilienceOf(candidate)
  const nowMs = run.engine.ports.clock.nowMs()
  if (candidate !== run.job.plan.candidates[0]) {
    const refused = run.job.judgeAgain(candidate)
    if (refused !== null) {
      run.unfit.push(refused)
      return null
    }
  }
  const admitted = circuits.admit(candidate, nowMs)
  if (admitted !== null) return admitted
  if (!walk.ignoresCircuits) {
    walk.heldBack.push(candidate)
    return null
  }
  // All are failing: one is called for every caller, and more of them only as retries would be.
  if (mayForce(run, nowMs)) return 'forced'
  walk.heldBack.push(candidate)
  return null
}

function mayForce(run: Run, nowMs: number): boolean {
  const last = run.attempts.at(-1)
  const called = run.job.plan.candidates.find(
    ({ modelId, region }) => modelId === last?.modelId && region === last.region,
  )
  return called === undefined || run.resilienceOf(called).retryBudgets.take(circuitKey(called), nowMs)
}

/** A call that was let through and cannot be made lets another one go, also where the request itself is at fault. */
function preparedFor(walk: Walk, candidate: Candidate, admission: Admission): PreparedCandidate | null {
  let prepared: PreparedCandidate | null = null
  try {
    prepared = preparedOf(walk, candidate)
    return prepared
  } finally {
    if (prepared === null) release(walk.run, candidate, admission)
  }
}

function release(run: Run, candidate: Candidate, admission: Admission): void {
  const note = { outcome: 'neither', admission, retryAfterMs: null } as const
  run.resilienceOf(candidate).circuits.note(candidate, note, run.engine.ports.clock.nowMs())
}

function preparedOf(walk: Walk, candidate: Candidate): PreparedCandidate | null {
  const { run } = walk
  const preparation = prepare(run, candidate)
  switch (preparation.kind) {
    case 'ready':
      return preparation.prepared
    case 'unfit':
      walk.unfit ??= preparation.error
      run.unfit.push({
        modelId: candidate.modelId,
        gate: 'capable',
        rule: 'unsupported-parameter',
        reason: preparation.error.message,
      })
      return null
    case 'failed':
      run.failures.push({ candidate, failure: preparation.failure })
      return null
  }
}

/** How long to wait for another call of the same candidate; null = move on. Takes it from the retry budget. */
function retryWait(walk: Walk, candidate: Candidate, retries: number): number | null {
  const { run } = walk
  const { averages, ports, resilience } = run.engine
  const { retryBudgets, circuits } = run.resilienceOf(candidate)
  const last = run.failures.at(-1)
  const call = run.attempts.at(-1)
  if (last === undefined || call === undefined || run.clientLeft) return null
  const nowMs = ports.clock.nowMs()
  const key = circuitKey(candidate)
  const waitMs = retryWaitMs(
    {
      failure: last.failure,
      afterMs: call.endedAfterMs,
      retries,
      hasOther: walk.waiting.length > 0,
      leftMs: (run.deadlineUs - run.nowUs()) / 1_000,
      firstContentMs: averages.latencies(nowMs).get(key) ?? null,
      chance: ports.chance(),
    },
    resilience.retry,
  )
  // A circuit that this failure opened for longer means that another call would fail too.
  if (waitMs === null || circuits.heldUntilMs(candidate) > nowMs + waitMs) return null
  return retryBudgets.take(key, nowMs) ? waitMs : null
}

/** After the wait: what may have changed meanwhile. The last candidate does not wait behind another caller's probe. */
function mayTryAgain(walk: Walk, candidate: Candidate): boolean {
  const { run } = walk
  if (run.clientLeft || isTimeUp(run)) return false
  const refused = run.job.judgeAgain(candidate)
  if (refused !== null) {
    run.unfit.push(refused)
    return false
  }
  const { circuits } = run.resilienceOf(candidate)
  const nowMs = run.engine.ports.clock.nowMs()
  const admitted = circuits.admit(candidate, nowMs)
  if (admitted === null && (walk.waiting.length > 0 || circuits.heldUntilMs(candidate) > nowMs)) return false
  run.admission = admitted ?? 'forced'
  return true
}

const isTimeUp = (run: Run): boolean => run.nowUs() >= run.deadlineUs

function endsThePlan(run: Run): boolean {
  const last = run.failures.at(-1)
  return last !== undefined && errorTable[last.failure.code].next === 'stop'
}

function endUnserved({ heldBack, run, unfit, waiting }: Walk): Promise<UsageRecord> {
  if (run.clientLeft) return endLeft(run, null)
  const { failures, job } = run
  const isLate = waiting.length > 0 && isTimeUp(run)
  // Nobody was called: no candidate can honour the request as it stands.
  if (failures.length === 0 && !isLate && unfit !== null) return failRun(run, unfit)
  const reason = isLate ? 'no time was left' : 'the failure before it ends the plan'
  const notCome = waiting.map(({ modelId }) => ({ modelId, reason }))
  const held = heldBack.map(({ modelId, region }) => ({
    modelId,
    reason: `calls to it in ${region} are held back after failures`,
  }))
  const untried = [...notCome, ...held, ...run.unfit, ...job.plan.excluded]
  const lateAfterMs = isLate ? job.timeouts.totalMs : null
  return failRun(run, exhaustedError({ failures, untried, lateAfterMs }))
}
