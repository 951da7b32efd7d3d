// Preloaded into a server by `--import`: says what ends a process before it does, without keeping it from doing so, and at
// once if a request changed what every object inherits. On SIGUSR2 it prints what the process holds.
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

process.on('uncaughtExceptionMonitor', (error, origin) => {
  process.stderr.write(`FAULT ${origin}: ${error instanceof Error ? error.stack : String(error)}\n`)
})
const before = Object.getOwnPropertyNames(Object.prototype).join()
const look = () => {
  const now = Object.getOwnPropertyNames(Object.prototype).join()
  if (now !== before || Object.keys(Object.prototype).length > 0) process.stderr.write(`POLLUTED ${now}\n`)
}
setInterval(look, 50).unref()
process.on('exit', look)

let collect = null
process.on('SIGUSR2', () => {
  if (collect === null) {
    setFlagsFromString('--expose-gc')
    collect = runInNewContext('gc')
  }
  // Twice: what the first one lets finalizers free is gone after the second.
  collect()
  collect()
  const resources = {}
  for (const kind of process.getActiveResourcesInfo()) resources[kind] = (resources[kind] ?? 0) + 1
  const listeners = process.eventNames().reduce((sum, name) => sum + process.listenerCount(name), 0)
  process.stderr.write(`HOLDS ${JSON.stringify({ ...process.memoryUsage(), resources, listeners })}\n`)
})
