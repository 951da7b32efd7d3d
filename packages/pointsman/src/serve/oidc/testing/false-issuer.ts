import { once } from 'node:events'
import { createServer, type ServerResponse } from 'node:http'
import { exportJWK, generateKeyPair, SignJWT, UnsecuredJWT, type JWTPayload } from 'jose'

/** What an issuer of these tests says and does; each test has it say something else. */
export interface Said {
  metadata: { readonly [member: string]: unknown }
  /** Claims beside or in the place of the right ones; undefined = it lacks the claim. */
  claims: { readonly [claim: string]: unknown }
  userinfo: { readonly [claim: string]: unknown } | null
  /** How the id token is signed: rightly, by a key that nobody knows, by nothing, or by the client's own secret. */
  signature: 'right' | 'unknown key' | 'none' | 'secret'
  tokenAnswer: { readonly status: number; readonly body: string } | null
}

export interface FalseIssuer {
  readonly url: string
  readonly said: Said
  /** What it was asked at its token endpoint, newest last. */
  readonly asked: { readonly authorization: string; readonly form: URLSearchParams }[]
  stop(): Promise<void>
}

export const client = { id: 'the client', secret: 'its own secret, long enough to sign by' }
export const nonce = 'the nonce'

/** Made once: each takes a tenth of a second. */
const [good, unknown] = await Promise.all([generateKeyPair('RS256'), generateKeyPair('RS256')])

/** An issuer that may do wrong what a certified one cannot be made to. */
export async function startFalseIssuer(): Promise<FalseIssuer> {
  const jwk = { ...(await exportJWK(good.publicKey)), kid: 'one', use: 'sig' }
  const said: Said = { metadata: {}, claims: {}, userinfo: null, signature: 'right', tokenAnswer: null }
  const asked: FalseIssuer['asked'] = []
  const idToken = (url: string): Promise<string> | string => {
    const nowSeconds = Math.floor(Date.now() / 1_000)
    const claims: JWTPayload = {
      ...{ iss: url, sub: 'ada', aud: client.id, nonce, iat: nowSeconds, exp: nowSeconds + 60 },
      ...{ name: 'Ada', groups: ['operators'], ...said.claims },
    }
    if (said.signature === 'none') return new UnsecuredJWT(claims).encode()
    if (said.signature === 'secret')
      return new SignJWT(claims)
        .setProtectedHeader({ alg: 'HS256' })
        .sign(new TextEncoder().encode(client.secret))
    const { privateKey } = said.signature === 'right' ? good : unknown
    return new SignJWT(claims).setProtectedHeader({ alg: 'RS256', kid: 'one' }).sign(privateKey)
  }
  const answers: { readonly [path: string]: (url: string) => unknown } = {
    '/.well-known/openid-configuration': (url) => ({
      ...{ issuer: url, authorization_endpoint: `${url}/auth`, token_endpoint: `${url}/token` },
      ...{ jwks_uri: `${url}/keys`, ...(said.userinfo === null ? {} : { userinfo_endpoint: `${url}/me` }) },
      ...said.metadata,
    }),
    '/keys': () => ({ keys: [jwk] }),
    '/me': () => said.userinfo,
    '/token': async (url) => ({ access_token: 'a', token_type: 'Bearer', id_token: await idToken(url) }),
  }
  const server = createServer((request, response) => {
    let body = ''
    request.on('data', (chunk: Buffer) => (body += chunk.toString()))
    request.on('end', () => {
      const { authorization = '', host = '' } = request.headers
      const isToken = request.url === '/token'
      if (isToken) asked.push({ authorization, form: new URLSearchParams(body) })
      if (isToken && said.tokenAnswer !== null)
        return answer(response, said.tokenAnswer.status, said.tokenAnswer.body)
      const made = answers[request.url ?? ''] ?? ((): unknown => ({}))
      void Promise.resolve(made(`http://${host}`)).then((value) =>
        answer(response, 200, JSON.stringify(value)),
      )
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  return {
    ...{ url: `http://127.0.0.1:${address.port}`, said, asked },
    stop: async () => {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

function answer(response: ServerResponse, status: number, body: string): void {
  const location = status >= 300 && status < 400 ? { location: 'https://evil.example/' } : {}
  response.writeHead(status, { 'content-type': 'application/json', ...location }).end(body)
}
