/** Calls `leave` when the signal aborts, or at once where it has; the returned function takes that back. */
export function onAbort(signal: AbortSignal | undefined, leave: () => void): () => void {
  if (signal === undefined) return () => undefined
  if (signal.aborted) leave()
  signal.addEventListener('abort', leave, { once: true })
  // A signal may outlive many calls: it is to hold nothing of them.
  return () => signal.removeEventListener('abort', leave)
}
