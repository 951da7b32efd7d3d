/** All headers of a call, flat. Most callers have none of a dialect's own: then there is nothing to copy. */
export const withCallers = (own: readonly string[], callers: readonly string[]): readonly string[] =>
  callers.length === 0 ? own : [...own, ...callers]
