import type { UsageBuckets } from '@pointsman/contract'

const sum = (figures: readonly (number | null)[]): number | null => {
  const known = figures.filter((figure) => figure !== null)
  return known.length === 0 ? null : known.reduce((all, figure) => all + figure, 0)
}

/**
 * `{inputTokens, outputTokens, totalTokens}`, as ModelManager tells it: here `inputTokens` is the whole input, what came
 * from a cache or went into one included. Null = the vendor did not say.
 */
export function writeUsage(usage: UsageBuckets) {
  const cacheWrite = sum([usage.cacheWrite5mTokens, usage.cacheWrite1hTokens])
  const input =
    usage.inputTokens === null ? null : sum([usage.inputTokens, usage.cacheReadTokens, cacheWrite])
  const { outputTokens } = usage
  return {
    inputTokens: input,
    outputTokens,
    totalTokens: input === null || outputTokens === null ? null : input + outputTokens,
    ...(usage.cacheReadTokens === null ? {} : { cacheReadTokens: usage.cacheReadTokens }),
    ...(cacheWrite === null ? {} : { cacheWriteTokens: cacheWrite }),
  }
}
