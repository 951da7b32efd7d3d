import { PointsmanError, toPointsmanError } from '@pointsman/contract'
import { createLog, type Log } from '../log.ts'
import type { ChildStart, ChildWork, FromChild, ToChild } from './messages.ts'

const tell = (message: FromChild): void => {
  if (process.connected) process.send?.(message)
}

/** Each loads its own plane alone: a data plane with the control plane's code beside it held 25 MB more. */
async function run(given: ChildStart, log: Log): Promise<ChildWork> {
  if (given.role === 'data') return (await import('./data-process.ts')).runData(given, log)
  return (await import('./control-process.ts')).runControl(given, log)
}

/**
 * A child of the host. The host alone says when it ends: a terminal's Ctrl-C and a service manager's SIGTERM reach all
 * processes at once, and the control plane must outlive the data planes. When the host is gone (the pipe closes), the
 * child stops in order by itself.
 */
function main(): void {
  let work: ChildWork | null = null
  let stopping = false
  const end = (how: 'stop' | 'renew'): void => {
    // One that is being renewed may still be told to stop: it then refuses what is new.
    if (stopping) return
    stopping = true
    // One that is not up yet serves nobody; what it has opened is recovered like after a crash.
    if (work === null) process.exit(0)
    const ended = how === 'renew' && work.renew !== undefined ? work.renew() : work.stop()
    ended.then(
      () => process.exit(0),
      () => process.exit(1),
    )
  }
  const stop = (): void => end('stop')
  const renew = (): void => end('renew')
  const start = (given: ChildStart): void => {
    process.title = `pointsman-${given.role}`
    const log = createLog(given.leastLevel)
    // One data plane may be renewed by itself: it drains, ends, and the host starts another.
    process
      .on('SIGHUP', () => undefined)
      .on('SIGINT', () => undefined)
      .on('SIGTERM', given.role === 'data' ? renew : () => undefined)
    run(given, log).then(
      (running) => {
        work = running
        tell({ kind: 'ready', notes: running.notes })
      },
      (thrown: unknown) => {
        const { code, message } = toPointsmanError(thrown)
        if (!(thrown instanceof PointsmanError)) log('error', 'child_not_started', { error: thrown })
        const failed: FromChild = { kind: 'failed', code, message }
        // The host hears why before it hears of the end.
        if (process.connected) process.send?.(failed, undefined, undefined, () => process.exit(1))
        else process.exit(1)
      },
    )
  }
  process.on('message', (message: ToChild) => {
    if (message.kind === 'start') start(message)
    else if (message.kind === 'stop') stop()
    else if (message.kind === 'renew') renew()
    else tell({ kind: 'pong' })
  })
  process.on('disconnect', stop)
}

main()
