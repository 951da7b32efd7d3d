import { request as requestHttp, type IncomingMessage } from 'node:http'
import { request as requestHttps } from 'node:https'
import { createAddressGuard, type AddressGuard } from '@pointsman/engine/address-guard'
import { isSafeAddress } from '../../oidc-settings.ts'

/** Somebody waits before an empty page meanwhile. */
const answerWithinMs = 5_000
/** Keys of the largest issuers take some tens of kilobytes. */
const maxBytes = 1_048_576

/** The issuer did not answer, or not in a form or at a place that we take. Its words stand in no log and no page. */
export class IssuerAway extends Error {
  override readonly name = 'IssuerAway'
}

export interface IssuerQuestion {
  readonly method: string
  readonly headers: Readonly<Record<string, string>>
  readonly body?: URLSearchParams | undefined
}

export type IssuerFetch = (url: string, question: IssuerQuestion) => Promise<Response>

/**
 * `fetch` for an issuer and for what its metadata names: encrypted or on this machine, in no private network that the operator did
 * not name, bounded in time and size, and no redirect is followed. Rejects with IssuerAway.
 */
export function createIssuerFetch(named: ReadonlySet<string>): IssuerFetch {
  const guard = createAddressGuard({ named })
  return async (text, question) => {
    const url = new URL(text)
    if (!isSafeAddress(url)) throw new IssuerAway(`${shown(url)} is not encrypted`)
    const problem = guard.refuses(url.hostname)
    if (problem !== null) throw new IssuerAway(problem)
    const answer = await ask(url, question, guard)
    if (answer.status < 500) return answer
    throw new IssuerAway(`${shown(url)} answered ${answer.status}`)
  }
}

/** What stands in a query or before the host may be a secret. */
const shown = ({ host, pathname, protocol }: URL): string => `${protocol}//${host}${pathname}`

function ask(url: URL, { body, headers, method }: IssuerQuestion, guard: AddressGuard): Promise<Response> {
  return new Promise((resolve, reject) => {
    const failed = (error: Error): void =>
      reject(error instanceof IssuerAway ? error : new IssuerAway(`${shown(url)}: ${error.message}`))
    const send = url.protocol === 'https:' ? requestHttps : requestHttp
    // By the process's own agent, which knows of a proxy. No connection is kept: some minutes lie between two questions.
    const request = send(url, { method, headers: { ...headers, connection: 'close' }, lookup: guard.lookup })
    const late = new IssuerAway(`${shown(url)} gave no answer within ${answerWithinMs / 1_000} seconds`)
    const cut = setTimeout(() => request.destroy(late), answerWithinMs)
    request.on('close', () => clearTimeout(cut))
    request.on('error', failed)
    request.on('response', (answer) => void readWhole(answer, url).then(resolve, failed))
    request.end(body?.toString())
  })
}

/** Counted as it comes: whatever answers there must not fill our memory. */
async function readWhole(answer: IncomingMessage, url: URL): Promise<Response> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of answer as AsyncIterable<Buffer>) {
    size += chunk.byteLength
    if (size > maxBytes) throw new IssuerAway(`${shown(url)} answered more than ${maxBytes} bytes`)
    chunks.push(chunk)
  }
  const headers = new Headers()
  for (const [name, value] of Object.entries(answer.headersDistinct))
    for (const each of value ?? []) headers.append(name, each)
  const status = answer.statusCode ?? 500
  const isEmpty = status < 200 || status === 204 || status === 205 || status === 304
  // A status that `Response` does not take is none of HTTP's.
  if (status < 200 || status > 599) throw new IssuerAway(`${shown(url)} answered ${status}`)
  return new Response(isEmpty ? null : Buffer.concat(chunks), { status, headers })
}
