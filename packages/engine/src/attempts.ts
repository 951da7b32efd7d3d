import { PointsmanError, errorTable, type Candidate, type UsageRecord } from '@pointsman/contract'
import { ownFailure } from './answer-receiver.ts'
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
  for (const candidate of run.job.plan.candidates) {
    if (run.clientLeft || isOver(run, candidate)) break
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
    const record = await serve(run, prepared)
    if (record !== null) {
      if (record.outcome === 'ok') noteEpisode(run, candidate)
      return record
    }
    if (endsThePlan(run)) break
  }
  return endUnserved(run, unfit)
}

/** The deadline may pass between two attempts: no call is begun for a caller whose time is up. */
function isOver(run: Run, candidate: Candidate): boolean {
  if (run.nowUs() < run.deadlineUs) return false
  const message = `The request took longer than ${run.job.timeouts.totalMs} ms.`
  run.failures.push({ candidate, failure: ownFailure('upstream_timeout_total', message) })
  return true
}

function endsThePlan(run: Run): boolean {
  const last = run.failures.at(-1)
  return last !== undefined && errorTable[last.failure.code].next === 'stop'
}

function endUnserved(run: Run, unfit: PointsmanError | null): Promise<UsageRecord> {
  if (run.clientLeft) return endLeft(run, null)
  const [first, ...others] = run.failures
  if (first !== undefined) return failRun(run, exhaustedError([first, ...others]))
  // Nobody was called: no candidate can honour the request as it stands.
  return failRun(
    run,
    unfit ?? new PointsmanError('internal', 'The plan ended without an attempt and without a reason.'),
  )
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
