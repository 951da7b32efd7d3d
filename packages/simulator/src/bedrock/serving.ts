import { writesByLifetime } from '../answer/answer.ts'
import type { Answer, AnswerUsage } from '../answer/answer.ts'
import type { SimulatedModel } from '../simulated-model.ts'

/** An answer with what the faces tell beside it. */
export interface Serving {
  readonly answer: Answer
  readonly model: SimulatedModel
  /** For ids of messages; equal for equal requests. */
  readonly seedHex: string
  /** Milliseconds since the request arrived. */
  readonly elapsedMs: () => number
  readonly performanceLatency: string | null
  readonly serviceTier: string | null
  readonly responseFieldPaths: readonly string[]
}

/** Converse's usage as real answers have it: with members that the documentation lacks. */
export function converseUsage(usage: AnswerUsage, model: SimulatedModel): Record<string, unknown> {
  const { inputTokens, outputTokens, cacheReadTokens, cacheWriteTokens } = usage
  const totalTokens = inputTokens + outputTokens + cacheReadTokens + cacheWriteTokens
  if (model.abilities.promptCaching === false) {
    return { inputTokens, outputTokens, serverToolUsage: {}, totalTokens }
  }
  return {
    ...(usage.cacheWriteTimeToLive === null ? {} : { cacheDetails: cacheDetails(usage) }),
    cacheReadInputTokenCount: cacheReadTokens,
    cacheReadInputTokens: cacheReadTokens,
    cacheWriteInputTokenCount: cacheWriteTokens,
    cacheWriteInputTokens: cacheWriteTokens,
    inputTokens,
    outputTokens,
    serverToolUsage: {},
    totalTokens,
  }
}

function cacheDetails(usage: AnswerUsage): readonly { readonly inputTokens: number; readonly ttl: string }[] {
  const written = writesByLifetime(usage)
  return (['1h', '5m'] as const)
    .map((ttl) => ({ inputTokens: written[ttl], ttl }))
    .filter((detail) => detail.inputTokens > 0)
}

/** What Converse tells beside message, usage and latency, where the request asked for it. */
export function converseExtras(serving: Serving): Record<string, unknown> {
  const { performanceLatency, serviceTier } = serving
  return {
    ...(performanceLatency === null ? {} : { performanceConfig: { latency: performanceLatency } }),
    ...(serviceTier === null ? {} : { serviceTier: { type: serviceTier } }),
  }
}

/** The only model field that the simulator can hand out is the stop sequence; other pointers find nothing. */
export function responseFields({ answer, responseFieldPaths: paths }: Serving, streams: boolean): object {
  const told = { stop_sequence: answer.stopSequence }
  const fields = {
    // A stream's last event has it deeper, as Claude writes it there (vercel/ai pull 11410, run 2025-12).
    ...(paths.includes('/stop_sequence') && !streams ? told : {}),
    ...(paths.includes('/delta/stop_sequence') ? { delta: told } : {}),
  }
  return Object.keys(fields).length === 0 ? {} : { additionalModelResponseFields: fields }
}

/** The member under which streams of InvokeModel tell their counts. */
export function invocationMetrics(serving: Serving, firstByteMs: number): Record<string, number> {
  const { usage } = serving.answer
  const latency = serving.elapsedMs()
  return {
    inputTokenCount: usage.inputTokens,
    outputTokenCount: usage.outputTokens,
    invocationLatency: latency,
    firstByteLatency: Math.min(firstByteMs, latency),
    ...(usage.cacheReadTokens + usage.cacheWriteTokens === 0
      ? {}
      : {
          cacheReadInputTokenCount: usage.cacheReadTokens,
          cacheWriteInputTokenCount: usage.cacheWriteTokens,
        }),
  }
}
