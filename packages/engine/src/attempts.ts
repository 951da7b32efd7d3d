import { errorTable, type Candidate, type PointsmanError, type UsageRecord } from '@pointsman/contract'
import { exhaustedError } from './exhausted.ts'
import { endLeft, failRun } from './finish-job.ts'
import { prepare } from './prepare.ts'
import type { Run } from './run.ts'
import { serveStream } from './serve-stream.ts'
import { serveWhole } from './serve-whole.ts'

/**
 * The plan's candidates in their order, until one serves, the client leaves, or an error ends the plan. Throws what is
 * wrong with the request itself.
 */
export async function tryCandidates(run: Run): Promise<UsageRecord> {
  let unfit: PointsmanError | null = null
  // A count is of the model that would serve; another one's would mislead.
  const isCount = run.job.operation === 'count-tokens'
  const waiting = run.job.plan.candidates.slice(0, isCount ? 1 : undefined)
  // The deadline may pass between two attempts: no call is begun for a caller whose time is up.
  while (!run.clientLeft && !isTimeUp(run)) {
    const candidate = waiting.shift()
    if (candidate === undefined) break
    const preparation = prepare(run, candidate)
    if (preparation.kind === 'unfit') {
      unfit ??= preparation.error
      run.unfit.push({
        modelId: candidate.modelId,
        gate: 'capable',
        rule: 'unsupported-parameter',
        reason: preparation.error.message,
      })
      continue
    }
    if (preparation.kind === 'failed') {
      run.failures.push({ candidate, failure: preparation.failure })
      continue
    }
    const { prepared } = preparation
    const serve = run.job.operation === 'chat-stream' ? serveStream : serveWhole
    const record = await serve(run, prepared, waiting.length + 1)
    if (record !== null) {
      if (record.outcome === 'ok') noteEpisode(run, candidate)
      return record
    }
    if (endsThePlan(run)) break
  }
  return endUnserved(run, unfit, waiting)
}

const isTimeUp = (run: Run): boolean => run.nowUs() >= run.deadlineUs

function endsThePlan(run: Run): boolean {
  const last = run.failures.at(-1)
  return last !== undefined && errorTable[last.failure.code].next === 'stop'
}

function endUnserved(
  run: Run,
  unfit: PointsmanError | null,
  waiting: readonly Candidate[],
): Promise<UsageRecord> {
  if (run.clientLeft) return endLeft(run, null)
  const { failures, job } = run
  const isLate = waiting.length > 0 && isTimeUp(run)
  // Nobody was called: no candidate can honour the request as it stands.
  if (failures.length === 0 && !isLate && unfit !== null) return failRun(run, unfit)
  const reason = isLate ? 'no time was left' : 'the failure before it ends the plan'
  const notCome = waiting.map(({ modelId }) => ({ modelId, reason }))
  const untried = [...notCome, ...run.unfit, ...job.plan.excluded]
  const lateAfterMs = isLate ? job.timeouts.totalMs : null
  return failRun(run, exhaustedError({ failures, untried, lateAfterMs }))
}

/** One record for a route's episode of being served by a fallback, not one for each request. */
function noteEpisode(run: Run, served: Candidate): void {
  const { route } = run.job.facts
  const wanted = run.job.plan.candidates[0]
  if (route === null || wanted === undefined) return
  const { fallbackEpisodes, ports } = run.engine
  if (served === wanted) {
    fallbackEpisodes.recovered(route, wanted.modelId)
    return
  }
  const first = run.failures[0]
  if (first === undefined) return
  const episode = fallbackEpisodes.fellBack({
    route,
    from: wanted.modelId,
    to: served.modelId,
    requestId: run.job.facts.requestId,
    cause: `${first.failure.code}: ${first.failure.message}`,
    nowMs: ports.clock.nowMs(),
  })
  if (episode !== null) ports.records.fallbackEpisode(episode)
}
