import { defaultWorkspace, keyId, userId, type KeyScope, type Principal } from '@pointsman/contract'
import { servicePrincipal } from '@pointsman/core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { dataPlanePaths, matchRoute, pathScopes } from './routes.ts'
import { listenWith, serviceKey, startGateway, type RunningGateway } from './testing/running-gateway.ts'

/*
 * T31, of the data plane: every path that is answered here with every kind of key in every header that may carry one,
 * held against the policy table. Whoever is let in is told that there is no such model.
 */

const model = 'no.such-model'
const all: readonly KeyScope[] = ['invoke', 'read', 'switch', 'admin']
const tokens: { readonly [token: string]: Principal } = {
  'jwt-service_role': servicePrincipal,
  'jwt-authenticated': {
    ...servicePrincipal,
    kind: 'user',
    id: 'ada',
    scopes: ['self'],
    userId: userId('ada'),
  },
  'jwt-anon': { ...servicePrincipal, kind: 'user', id: 'anon', scopes: [] },
}
const callers: readonly (readonly [string | null, readonly KeyScope[] | null])[] = [
  [null, null],
  ['pm_nobody_knows_it', null],
  ['of-expired', null],
  [serviceKey, all],
  ...all.map((scope) => [`of-${scope}`, [scope]] as const),
  ...Object.entries(tokens).map(([token, { scopes }]) => [token, scopes] as const),
]

let running: RunningGateway
let door: Awaited<ReturnType<typeof listenWith>>
let url: string
beforeAll(async () => {
  running = await startGateway()
  const { authentication } = running.options
  await running.publish((entries) => ({
    ...entries,
    keys: [
      ...entries.keys,
      ...([...all, 'expired' as const].map((scope) => ({
        ...{ id: keyId(scope), name: scope, workspace: defaultWorkspace, routes: null, models: null },
        ...{ digest: authentication.digest(`of-${scope}`), scopes: scope === 'expired' ? all : [scope] },
        ...{ requestsPerMinute: null, spendPerDayNanoUsd: null, expiresAtMs: scope === 'expired' ? 1 : null },
      })) as unknown as typeof entries.keys),
    ],
  }))
  const checkToken = (token: string) => tokens[token] ?? null
  door = await listenWith(running, { ...running.options, authentication: { ...authentication, checkToken } })
  url = door.url
})
afterAll(async () => {
  await door.stop()
  await running.close()
})

const headersOf = (key: string | null): readonly { readonly [name: string]: string }[] =>
  key === null
    ? [{}, { 'x-api-key': '' }]
    : [
        { authorization: `Bearer ${key}` },
        { 'x-api-key': key },
        { 'api-key': key },
        { 'x-goog-api-key': key },
      ]

async function answerTo(
  [method, path]: readonly [string, string],
  headers: { readonly [name: string]: string },
): Promise<number> {
  const body = JSON.stringify({
    model,
    messages: [{ role: 'user', content: 'x' }],
    max_tokens: 1,
    input: 'x',
  })
  const response = await fetch(`${url}${path}`, {
    ...{ method, headers: { 'content-type': 'application/json', ...headers } },
    ...(method === 'GET' ? {} : { body }),
  })
  await response.arrayBuffer()
  return response.status
}

test('every path × every kind of key × every header that may carry it', async () => {
  const paths = dataPlanePaths(model)
  expect(paths.length).toBeGreaterThan(25)
  const wrong: string[] = []
  for (const at of paths) {
    const [method, path] = at
    const { kind } = matchRoute(method, path, 'openai-chat') ?? { kind: 'unknown' as const }
    if (kind === 'unknown' || kind === 'wrong-method' || kind === 'preflight')
      throw new Error(`${path} is ${kind}`)
    const wanted: readonly KeyScope[] | null = pathScopes[kind]
    const asked = callers.flatMap(([key, scopes]) =>
      headersOf(key).map(async (headers) => {
        const status = await answerTo(at, headers)
        const told = status === 401 || status === 403 ? status : 'let in'
        const isOpen = wanted === null || (scopes?.some((scope) => wanted.includes(scope)) ?? false)
        const expected = isOpen ? 'let in' : scopes === null ? 401 : 403
        if (told === expected && status !== 500) return
        wrong.push(`${method} ${path} with ${key} in ${Object.keys(headers)[0] ?? 'none'}: ${status}`)
      }),
    )
    await Promise.all(asked)
  }
  expect(wrong).toEqual([])
  expect(running.failures).toEqual([])
})
