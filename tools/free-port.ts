import { randomInt } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:net'

/**
 * Not of those that a system gives out by itself (Linux: from 32,768), as some connection takes one of these before the
 * server is up.
 */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = randomInt(10_000, 32_768)
    const server = createServer().listen(port, '127.0.0.1')
    const isFree = await once(server, 'listening').then(
      () => true,
      (thrown: unknown) => {
        if ((thrown as NodeJS.ErrnoException).code === 'EADDRINUSE') return false
        throw thrown
      },
    )
    if (!isFree) continue
    await new Promise((resolve) => server.close(resolve))
    return port
  }
}
