import type { Candidate, ServedTier, UsageBuckets } from '@pointsman/contract'
import { billedNanoUsd, billedTier, priceInForce } from '@pointsman/core'
import type { AnswerAbout } from '@pointsman/wire'
import type { PreparedCandidate } from './prepare.ts'
import type { Run } from './run.ts'

/** What an answer in the face's own form says about itself. */
export const answerAbout = (run: Run, prepared: PreparedCandidate): AnswerAbout => new About(run, prepared)

/** A class, since one of its members is read late: V8 keeps an object with a getter of its own as a table, 1 KB an answer. */
class About implements AnswerAbout {
  readonly answerId: string
  readonly createdAtS: number
  readonly model: string
  readonly elapsedMs: number
  readonly streamUsage: boolean
  readonly vectorEncoding: AnswerAbout['vectorEncoding']
  readonly modelName: string
  readonly reason: AnswerAbout['reason']
  readonly conversation: AnswerAbout['conversation']
  readonly #run: Run
  readonly #candidate: Candidate
  readonly #askedTier: ServedTier | null

  constructor(run: Run, { askedTier, candidate }: PreparedCandidate) {
    const { job, neutralCall } = run
    const { modelId } = candidate
    this.#run = run
    this.#candidate = candidate
    this.#askedTier = askedTier
    this.answerId = job.facts.requestId
    this.createdAtS = Math.floor(job.facts.receivedAtMs / 1_000)
    this.model = modelId
    this.elapsedMs = this.elapsedMsNow()
    // Known wherever it is asked for: only a translated request has been read whole, and only its answer is written.
    this.streamUsage = neutralCall !== null && 'streamUsage' in neutralCall && neutralCall.streamUsage
    this.vectorEncoding = neutralCall !== null && 'encoding' in neutralCall ? neutralCall.encoding : 'float'
    this.modelName = job.snapshot.models.get(modelId)?.name ?? modelId
    this.reason = run.reasonOf(candidate)
    this.conversation = job.conversation ?? null
  }

  /** Parsed whole only for those who tell it again. */
  get asked(): AnswerAbout['asked'] {
    return this.#run.job.scanned.whole()
  }

  elapsedMsNow(): number {
    return Math.round((this.#run.nowUs() - this.#run.job.startedAtUs) / 1_000)
  }

  costNanoUsd(usage: UsageBuckets, served: ServedTier | null): number | null {
    const { facts, snapshot } = this.#run.job
    const { modelId, region } = this.#candidate
    const price = priceInForce(snapshot, modelId, region, facts.receivedAtMs)
    return price === null ? null : billedNanoUsd(usage, price, billedTier(served, this.#askedTier))
  }
}
