import type { ToldUsage } from '@pointsman/contract'
import type { AnswerAbout } from '@pointsman/wire'
import { answeredBy, costOfAnswer } from './answer-cost.ts'
import { servedBy } from './finish-job.ts'
import type { PreparedCandidate } from './prepare.ts'
import type { Run } from './run.ts'

/** What an answer in the face's own form says about itself. `told`: what it tells of its usage; null = it begins only now. */
export const answerAbout = (run: Run, prepared: PreparedCandidate, told: ToldUsage | null): AnswerAbout =>
  new About(run, prepared, told)

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
  readonly #prepared: PreparedCandidate

  constructor(run: Run, prepared: PreparedCandidate, told: ToldUsage | null) {
    const { job, neutralCall } = run
    const { candidate } = prepared
    const modelId = answeredBy(candidate, told, job.snapshot) ?? candidate.modelId
    this.#run = run
    this.#prepared = prepared
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

  costNanoUsd({ finish, serviceTier, usage }: Parameters<AnswerAbout['costNanoUsd']>[0]): number | null {
    const { facts, snapshot } = this.#run.job
    const served = servedBy(this.#run, this.#prepared, serviceTier, usage)
    return costOfAnswer({ served, usage, finish: finish.reason }, { snapshot, atMs: facts.receivedAtMs })
      .nanoUsd
  }
}
