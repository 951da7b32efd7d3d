import { PointsmanError, toPointsmanError } from '@pointsman/contract'
import { followProxies } from '../../follow-proxies.ts'
import { outliveReaders } from '../../outlive-readers.ts'
import { createLog, type Log } from '../log.ts'
import { createEnding } from './ending.ts'
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
  outliveReaders()
  const ending = createEnding((code) => process.exit(code))
  const start = (given: ChildStart): void => {
    process.title = `pointsman-${given.role}`
    followProxies(given.settings.proxy)
    const log = createLog(given.leastLevel)
    // One data plane may be renewed by itself: it ends its answers, ends, and the host starts another.
    process
      .on('SIGHUP', () => undefined)
      .on('SIGINT', () => undefined)
      .on('SIGTERM', given.role === 'data' ? () => ending.signalled() : () => undefined)
    run(given, log).then(
      (running) => {
        ending.begun(running)
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
    else if (message.kind === 'stop') ending.stop()
    else if (message.kind === 'renew') ending.renew()
    else tell({ kind: 'pong' })
  })
  process.on('disconnect', () => ending.stop())
}

main()
