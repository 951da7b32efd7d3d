/**
 * What a failed call says of itself. Node's `fetch` says only that it failed: what it has to say stands in the cause. Several
 * addresses that all refuse come as one AggregateError without words of its own.
 */
export function failureWords(thrown: unknown): string {
  if (!(thrown instanceof Error)) return String(thrown)
  const { cause, message } = thrown
  if (message === 'fetch failed' && cause instanceof Error) return failureWords(cause) || message
  return message === '' && thrown instanceof AggregateError
    ? [...new Set(thrown.errors.map(failureWords))].join(', ')
    : message
}
