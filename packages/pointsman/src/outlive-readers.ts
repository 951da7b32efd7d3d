/** Of a pipe and of a socket. */
const readerLeft: ReadonlySet<string | undefined> = new Set(['EPIPE', 'ECONNRESET'])

/**
 * Whoever reads what this process tells may go at any time, as `head` does, or as journald does when it is restarted
 * (systemd/systemd issue 6620), and a log's disk or terminal may be full or gone: what nobody can be told must not end the
 * process.
 */
export function outliveReaders(): void {
  process.stdout.on('error', () => undefined)
  process.stderr.on('error', () => undefined)
}

/** What was asked for must not look whole where it was cut: standard output fails for another reason than its reader. */
export function failWithAnswer(): void {
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (!readerLeft.has(error.code)) throw error
  })
}
