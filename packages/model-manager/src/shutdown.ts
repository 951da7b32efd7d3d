type Signal = 'SIGTERM' | 'SIGINT' | 'SIGHUP'
const signals: readonly Signal[] = ['SIGTERM', 'SIGINT', 'SIGHUP']

/**
 * Calls `flush` once before the process ends: when it has nothing left to do, or when it is told to end. A signal that
 * somebody else listens to is theirs to act on; else it ends the process as it would have without us, after the flush.
 * The returned function takes all of that back.
 */
export function flushOnShutdown(flush: () => Promise<void>): () => void {
  let flushing = false
  const onSignal = (signal: Signal): void => {
    if (flushing) return
    flushing = true
    // Listened to until then: of several that flush, the last one to be done ends the process.
    void flush().finally(() => {
      stop()
      if (process.listenerCount(signal) === 0) process.kill(process.pid, signal)
    })
  }
  const onBeforeExit = (): void => {
    stop()
    void flush()
  }
  const stop = (): void => {
    for (const signal of signals) process.off(signal, onSignal)
    process.off('beforeExit', onBeforeExit)
  }
  for (const signal of signals) process.on(signal, onSignal)
  process.on('beforeExit', onBeforeExit)
  return () => {
    // A flush that is under way by a signal takes its listeners back itself, once it may end the process.
    if (!flushing) stop()
  }
}
