import { createHash, createHmac } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingMessage } from 'node:http'

/** A stand-in of an AWS service that speaks JSON; it checks signatures. Judged by AWS's own clients. */
export interface SignedService {
  readonly url: string
  close(): Promise<void>
}

export const standInCredentials = { accessKeyId: 'AKIAEXAMPLE', secretAccessKey: 'a secret for tests' }

export interface SignedServiceParts {
  /** As signatures name it: `secretsmanager`. */
  readonly service: string
  readonly contentType: string
  /** Status and body for an operation. */
  readonly answer: (operation: string, body: unknown) => readonly [status: number, body: object]
}

export async function startSignedService({
  answer,
  contentType,
  service,
}: SignedServiceParts): Promise<SignedService> {
  const server = createServer((request, response) => {
    void (async () => {
      let text = ''
      for await (const piece of request) text += String(piece)
      const operation = String(request.headers['x-amz-target']).replace(/^.*\./, '')
      const [status, body] = isSigned(request, text, service)
        ? answer(operation, JSON.parse(text))
        : [400, { __type: 'InvalidSignatureException', message: 'The signature does not match.' }]
      response.writeHead(status, { 'content-type': contentType }).end(JSON.stringify(body))
    })()
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

const hmac = (key: string | Buffer, data: string): Buffer => createHmac('sha256', key).update(data).digest()
const sha256 = (data: string): string => createHash('sha256').update(data).digest('hex')

/** Signature Version 4 as its documentation says it, of whatever headers the caller signed. */
function isSigned(
  { headers, method = '', url = '' }: IncomingMessage,
  body: string,
  service: string,
): boolean {
  const given =
    /Credential=AKIAEXAMPLE\/(\d+)\/([\w-]+)\/(\w+)\/aws4_request, SignedHeaders=([\w;-]+), Signature=(\w+)/.exec(
      headers.authorization ?? '',
    )
  if (given === null) return false
  const [, date = '', region = '', named = '', names = '', signature = ''] = given
  const signed = names.split(';').map((name) => `${name}:${String(headers[name]).trim()}\n`)
  const canonical = [method, url, '', signed.join(''), names, sha256(body)].join('\n')
  const scope = `${date}/${region}/${service}/aws4_request`
  const text = ['AWS4-HMAC-SHA256', headers['x-amz-date'], scope, sha256(canonical)].join('\n')
  const key = [date, region, service, 'aws4_request'].reduce<string | Buffer>(
    hmac,
    `AWS4${standInCredentials.secretAccessKey}`,
  )
  return named === service && hmac(key, text).toString('hex') === signature
}
