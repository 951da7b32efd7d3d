/** Of a pipe and of a socket. */
const readerLeft: ReadonlySet<string | undefined> = new Set(['EPIPE', 'ECONNRESET'])

/**
 * Whoever reads what this process tells may go at any time, as `head` does, or as journald does when it is restarted
 * (systemd/systemd issue 6620), and a log's disk or terminal may be full or gone: what nobody can be told must not end the
 * process. An answer on standard output that was cut for another reason than its reader still does.
 */
export function outliveReaders(): void {
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (!readerLeft.has(error.code)) throw error
  })
  process.stderr.on('error', () => undefined)
}
