type Signal = 'SIGTERM' | 'SIGINT' | 'SIGHUP'
const signals: readonly Signal[] = ['SIGTERM', 'SIGINT', 'SIGHUP']
/** Shared by all copies of this package in a process: unknown to each other, each would leave a signal to the other. */
const ours = Symbol.for('@pointsman/model-manager:flushOnShutdown')
const isTaken = (signal: Signal): boolean => process.listeners(signal).some((listener) => !(ours in listener))

/**
 * Calls `close` once before the process ends: when it has nothing left to do, or when it is told to end by a signal that nobody
 * else listens to, which then ends it as it would have without us. Where somebody else listens the end is theirs, and calls may go
 * on until then: `flush` is called.
 * The returned function takes all of that back.
 */
export function flushOnShutdown(close: () => Promise<void>, flush: () => Promise<void>): () => void {
  let closing = false
  const onSignal = (signal: Signal): void => {
    if (closing) return
    if (isTaken(signal)) {
      // Libraries that end the process only where nobody else listens would never end it.
      void flush().finally(() => process.off(signal, onSignal))
      return
    }
    closing = true
    // Listened to until then: of several that close, the last one to be done ends the process.
    void close().finally(() => {
      stop()
      if (process.listenerCount(signal) === 0) process.kill(process.pid, signal)
    })
  }
  Object.assign(onSignal, { [ours]: true })
  const onBeforeExit = (): void => {
    stop()
    void close()
  }
  const stop = (): void => {
    for (const signal of signals) process.off(signal, onSignal)
    process.off('beforeExit', onBeforeExit)
  }
  // First of all: a listener that listens once is gone when it was called, and would not be seen after it.
  for (const signal of signals) process.prependListener(signal, onSignal)
  process.on('beforeExit', onBeforeExit)
  return () => {
    // What is closed by a signal takes its listeners back itself, once it may end the process.
    if (!closing) stop()
  }
}
