// Preloaded into a server by `--import`: says what ends a process before it does, without keeping it from doing so, and at
// once if a request changed what every object inherits.
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
