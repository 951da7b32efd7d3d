/** Of a pipe and of a socket. */
const readerLeft: ReadonlySet<string | undefined> = new Set(['EPIPE', 'ECONNRESET'])

/**
 * Whoever reads what this process tells may go at any time, as `head` does, or as journald does when it is restarted
 * (systemd/systemd issue 6620): what is told to nobody must not end the process.
 */
export function outliveReaders(): void {
  const failed = (error: NodeJS.ErrnoException): void => {
    if (!readerLeft.has(error.code)) throw error
  }
  for (const stream of [process.stdout, process.stderr]) stream.on('error', failed)
}
