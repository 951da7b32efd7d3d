// Loaded into the server: says what ends a process before it does, without keeping it from doing so.
process.on('uncaughtExceptionMonitor', (error, origin) => {
  process.stderr.write(`FAULT ${origin}: ${error instanceof Error ? error.stack : String(error)}\n`)
})
