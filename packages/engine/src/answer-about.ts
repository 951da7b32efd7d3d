import type { Candidate, DialectName } from '@pointsman/contract'
import type { AnswerAbout } from '@pointsman/wire'
import type { Run } from './run.ts'

/** How the ids of a face's answers begin, where its clients may look at that. */
const idPrefixes: { readonly [Face in DialectName]?: string } = { 'openai-chat': 'chatcmpl-' }

/** What an answer in the face's own form says about itself. */
export function answerAbout(run: Run, { modelId }: Candidate): AnswerAbout {
  const { facts } = run.job
  return {
    answerId: `${idPrefixes[facts.face] ?? ''}${facts.requestId}`,
    createdAtS: Math.floor(facts.receivedAtMs / 1_000),
    model: modelId,
    // Known wherever it is asked for: only a translated request has been read whole, and only its answer is written.
    streamUsage: run.neutralCall?.streamUsage ?? false,
  }
}
