import { Agent, request } from 'node:http'

export interface Asked {
  readonly status: number
  readonly tookMs: number
  readonly retryAfter: string | null
  readonly text: string
}

export interface LoadOptions {
  readonly url: string
  readonly perSecond: number
  readonly forMs: number
  readonly headers: (at: number) => { readonly [name: string]: string }
  readonly body: string
}

/**
 * An open loop: requests begin when their time has come, whether or not the earlier ones were answered, as callers who do
 * not know of each other do. Status 0 = the connection failed.
 */
export async function openLoop({
  body,
  forMs,
  headers,
  perSecond,
  url,
}: LoadOptions): Promise<readonly Asked[]> {
  const agent = new Agent({ keepAlive: true, maxSockets: 2_000 })
  const begun = performance.now()
  const asked: Promise<Asked>[] = []
  while (performance.now() - begun < forMs) {
    const due = ((performance.now() - begun) / 1_000) * perSecond
    while (asked.length < due) asked.push(askOnce({ url, agent, headers: headers(asked.length), body }))
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
  const answers = await Promise.all(asked)
  agent.destroy()
  return answers
}

interface AskOptions {
  readonly url: string
  readonly agent: Agent
  readonly headers: { readonly [name: string]: string }
  readonly body: string
}

function askOnce({ agent, body, headers, url }: AskOptions): Promise<Asked> {
  return new Promise((resolve) => {
    const begun = performance.now()
    const took = (): number => performance.now() - begun
    const failed = (): void => resolve({ status: 0, tookMs: took(), retryAfter: null, text: '' })
    const length = String(Buffer.byteLength(body))
    const sent = request(url, { agent, method: 'POST', headers: { ...headers, 'content-length': length } })
    sent.on('error', failed)
    sent.on('response', (answer) => {
      let text = ''
      answer.setEncoding('utf8').on('data', (piece: string) => (text += piece))
      answer.on('error', failed)
      answer.on('end', () => {
        const retryAfter = answer.headers['retry-after'] ?? null
        resolve({ status: answer.statusCode ?? 0, tookMs: took(), retryAfter, text })
      })
    })
    sent.end(body)
  })
}
