import { once } from 'node:events'
import { createServer } from 'node:http'

/** A server that speaks OpenAI's chat and takes one key. */
export interface KeyCheckingVendor {
  readonly url: string
  /** The keys of the calls so far, in their order. */
  readonly presented: string[]
  /** What it takes from now on. */
  take(key: string): void
  close(): Promise<void>
}

export async function startKeyCheckingVendor(taken: string): Promise<KeyCheckingVendor> {
  const presented: string[] = []
  let good = taken
  const server = createServer((request, response) => {
    const key = (request.headers.authorization ?? '').replace(/^Bearer /, '')
    presented.push(key)
    request.resume().on('end', () => {
      const isGood = key === good
      response.writeHead(isGood ? 200 : 401, { 'content-type': 'application/json' })
      // Some vendors quote what they were given.
      const error = { message: `Incorrect API key provided: ${key}.`, code: 'invalid_api_key' }
      response.end(JSON.stringify(isGood ? answer : { error }))
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  return {
    url: `http://127.0.0.1:${address.port}/v1`,
    presented,
    take: (key) => (good = key),
    close: async () => {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

const answer = {
  ...{ id: 'chatcmpl-1', object: 'chat.completion', created: 1_764_000_000, model: 'gpt-4o' },
  choices: [{ index: 0, message: { role: 'assistant', content: 'Hello' }, finish_reason: 'stop' }],
  usage: { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 },
}
