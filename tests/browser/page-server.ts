import { createServer } from 'node:http'
import { once } from 'node:events'

/** A file that a test's server holds. */
export interface Served {
  /** `text/html` unless set. */
  readonly type?: string
  readonly body: string
  readonly headers?: { readonly [name: string]: string }
}

export interface PageServer {
  readonly url: string
  close(): Promise<void>
}

/** A site of a few files by their paths, to be looked at in a browser. */
export async function servePages(files: { readonly [path: string]: Served }): Promise<PageServer> {
  const server = createServer((request, response) => {
    const file = files[new URL(request.url ?? '/', 'http://site').pathname]
    // Browsers ask for it by themselves; a 404 would stand among a page's problems.
    if (request.url === '/favicon.ico') response.writeHead(204).end()
    else if (file === undefined) response.writeHead(404).end()
    else
      response
        .writeHead(200, { 'content-type': `${file.type ?? 'text/html'}; charset=utf-8`, ...file.headers })
        .end(file.body)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  return {
    url: `http://127.0.0.1:${address.port}`,
    close: async () => {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}
