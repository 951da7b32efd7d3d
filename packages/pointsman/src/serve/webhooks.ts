import { request as requestHttp, type RequestOptions } from 'node:http'
import { request as requestHttps } from 'node:https'
import type { Webhooks } from '@pointsman/control'
import { createAddressGuard, type AddressGuard } from '@pointsman/engine/address-guard'
import type { Settings } from '../settings.ts'

const timeoutMs = 10_000

/**
 * Calls of the addresses that operators gave to alarms. Those of a private network must be named in POINTSMAN_PRIVATE_HOSTS:
 * who may set an alarm must not reach by it what only this host can.
 */
export function createWebhooks(
  { privateHosts }: Pick<Settings, 'privateHosts'>,
  secretOf: Webhooks['secretOf'],
): Webhooks {
  const guard = createAddressGuard({ named: new Set(privateHosts) })
  return {
    secretOf,
    problem: (url) => problemOf(new URL(url), guard),
    post: async (text, headers, body) => {
      const url = new URL(text)
      const problem = problemOf(url, guard)
      if (problem !== null) throw new Error(problem)
      return post(url, { method: 'POST', headers, lookup: guard.lookup, timeout: timeoutMs }, body)
    },
  }
}

function problemOf({ hostname, password, username }: URL, guard: AddressGuard): string | null {
  if (username !== '' || password !== '')
    return 'A webhook’s address takes no user and no password: its messages are signed instead.'
  return guard.refuses(hostname)
}

/** The answer's body is not read: its status says all. */
function post(url: URL, options: RequestOptions, body: string): Promise<{ readonly status: number }> {
  return new Promise((resolve, reject) => {
    const request = (url.protocol === 'https:' ? requestHttps : requestHttp)(url, options)
    const cut = setTimeout(
      () => request.destroy(new Error(`The receiver gave no answer within ${timeoutMs / 1_000} seconds.`)),
      timeoutMs,
    )
    request.on('close', () => clearTimeout(cut))
    request.on('error', reject)
    request.on('response', (answer) => {
      resolve({ status: answer.statusCode ?? 0 })
      answer.destroy()
    })
    request.end(body)
  })
}
