import { once } from 'node:events'
import { createServer, type IncomingMessage } from 'node:http'
import type { RuntimeApi } from './runtime-api.ts'

export interface LambdaApi {
  readonly url: string
  /** What became of each invocation, in its order: `response` or `error`. */
  readonly answered: readonly string[]
  close(): Promise<void>
}

/** The one operation of Lambda's API that a state machine calls: Invoke, of the function behind a Runtime API. */
export async function startLambdaApi(runtime: RuntimeApi): Promise<LambdaApi> {
  const answered: string[] = []
  const server = createServer((request, response) => {
    void bodyOf(request).then(async (event) => {
      const { as, chunks } = await runtime.invoke(event)
      answered.push(as)
      const failed = as === 'error' ? { 'x-amz-function-error': 'Unhandled' } : {}
      response.writeHead(200, { 'content-type': 'application/json', ...failed })
      response.end(Buffer.concat(chunks))
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  return {
    url: `http://127.0.0.1:${address.port}`,
    answered,
    close: async () => {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

async function bodyOf(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  return JSON.parse(Buffer.concat(chunks).toString())
}
