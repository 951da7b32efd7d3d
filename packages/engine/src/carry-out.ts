import { toPointsmanError, type UsageRecord } from '@pointsman/contract'
import { explainNoCandidate } from '@pointsman/core'
import { tryCandidates } from './attempts.ts'
import type { Engine } from './engine.ts'
import { endWithError, failRun } from './finish-job.ts'
import type { Job } from './job.ts'
import { keepExchange } from './keep-exchange.ts'
import { refuse } from './refuse.ts'
import { Run } from './run.ts'

/**
 * Carries out one job: candidate after candidate until one answers, the answer to the client, and exactly one usage
 * record, whatever happens and even if the client leaves. Resolves when all of that is done. Rejects only where the
 * record itself could not be handed over, so that whoever catches it may write one: never after.
 */
export async function carryOut(job: Job, engine: Engine): Promise<UsageRecord> {
  if (job.plan.candidates.length === 0) {
    return refuse({ ...job, error: explainNoCandidate(job.plan) }, engine)
  }
  const run = new Run(job, engine)
  let record: UsageRecord
  try {
    record = await tryCandidates(run)
  } catch (thrown) {
    record = await endFaulty(run, thrown)
  }
  keepExchange(run, record)
  return record
}

async function endFaulty(run: Run, thrown: unknown): Promise<UsageRecord> {
  const error = toPointsmanError(thrown)
  if (error.code === 'internal') run.reportFault(thrown)
  // A fault after the record was written (in the client's sink, in writing an answer's end) must not write a second.
  if (run.settled === null) return failRun(run, error)
  endWithError(run, error)
  return run.settled
}
