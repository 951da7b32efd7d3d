// Preloaded into a server by `--import`: says at once if a request changed what every object inherits.
const before = Object.getOwnPropertyNames(Object.prototype).join()
const look = () => {
  const now = Object.getOwnPropertyNames(Object.prototype).join()
  if (now !== before || Object.keys(Object.prototype).length > 0) process.stderr.write(`POLLUTED ${now}\n`)
}
setInterval(look, 50).unref()
process.on('exit', look)
