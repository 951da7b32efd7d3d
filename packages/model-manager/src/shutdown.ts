type Signal = 'SIGTERM' | 'SIGINT' | 'SIGHUP'
const signals: readonly Signal[] = ['SIGTERM', 'SIGINT', 'SIGHUP']
/** Shared by all copies of this package in a process: unknown to each other, each would leave a signal to the other. */
const ours = Symbol.for('@pointsman/model-manager:flushOnShutdown')
const isTaken = (signal: Signal): boolean => process.listeners(signal).some((listener) => !(ours in listener))

/**
 * Calls `flush` once before the process ends: when it has nothing left to do, or when it is told to end. A signal that
 * somebody else listens to is left to them, the flush too; else it ends the process as it would have without us, after
 * the flush.
 * The returned function takes all of that back.
 */
export function flushOnShutdown(flush: () => Promise<void>): () => void {
  let flushing = false
  const onSignal = (signal: Signal): void => {
    if (flushing || isTaken(signal)) return
    flushing = true
    // Listened to until then: of several that flush, the last one to be done ends the process.
    void flush().finally(() => {
      stop()
      if (process.listenerCount(signal) === 0) process.kill(process.pid, signal)
    })
  }
  Object.assign(onSignal, { [ours]: true })
  const onBeforeExit = (): void => {
    stop()
    void flush()
  }
  const stop = (): void => {
    for (const signal of signals) process.off(signal, onSignal)
    process.off('beforeExit', onBeforeExit)
  }
  // First of all: a listener that listens once is gone when it was called, and would not be seen after it.
  for (const signal of signals) process.prependListener(signal, onSignal)
  process.on('beforeExit', onBeforeExit)
  return () => {
    // A flush that is under way by a signal takes its listeners back itself, once it may end the process.
    if (!flushing) stop()
  }
}
