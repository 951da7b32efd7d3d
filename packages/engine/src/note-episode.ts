import type { Candidate } from '@pointsman/contract'
import { inOwnWords } from './own-words.ts'
import type { FailedCandidate, Run } from './run.ts'

/**
 * One record for a route's episode of being served by a fallback, not one for each request. Never throws: the request's own
 * record and its cost come after it.
 */
export function noteEpisode(run: Run, served: Candidate): void {
  const { drill = null, facts, plan } = run.job
  const { route } = facts
  const wanted = plan.candidates[0]
  // What a drill brought about stands in the drill's own record, not among the switches.
  if (route === null || wanted === undefined || drill !== null) return
  const { fallbackEpisodes, ports } = run.engine
  if (served === wanted) {
    fallbackEpisodes.recovered(route, wanted.modelId, ports.clock.nowMs())
    return
  }
  const first = run.failures[0]
  if (first === undefined) return
  const episode = fallbackEpisodes.fellBack({
    route,
    from: wanted.modelId,
    to: served.modelId,
    requestId: run.job.facts.requestId,
    cause: causeOf(run, first),
    nowMs: ports.clock.nowMs(),
  })
  if (episode === null) return
  try {
    ports.records.fallbackEpisode(episode)
  } catch (thrown) {
    run.engine.log('error', 'An episode of fallback was not recorded, through a fault of ours.', {
      requestId: facts.requestId,
      fault: thrown instanceof Error ? thrown.message : String(thrown),
    })
  }
}

/** It becomes the reason of a switch, whose words are kept for ever. */
function causeOf({ attempts }: Run, { candidate, failure }: FailedCandidate): string {
  const { modelId, region } = candidate
  const call = attempts.find((one) => one.error !== null && one.modelId === modelId && one.region === region)
  const words = call === undefined ? null : inOwnWords(call).error
  return `${failure.code}: ${words?.message ?? failure.message}`
}
