import { createHash, createHmac, randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingMessage } from 'node:http'

/** AWS Secrets Manager as far as one secret is read and written; it checks signatures. Judged by AWS's own client. */
export interface SecretsManagerStandIn {
  readonly url: string
  /** What was asked so far: operation and secret. */
  readonly asked: string[]
  put(name: string, value: string): void
  /** Answers this error from now on; null = it does not. */
  fail(error: { readonly status: number; readonly type: string; readonly message: string } | null): void
  close(): Promise<void>
}

export const standInCredentials = { accessKeyId: 'AKIAEXAMPLE', secretAccessKey: 'a secret for tests' }

interface Version {
  readonly id: string
  readonly value: string
  readonly createdAtMs: number
}

export async function startSecretsManagerStandIn(): Promise<SecretsManagerStandIn> {
  const secrets = new Map<string, Version>()
  const asked: string[] = []
  let failure: Parameters<SecretsManagerStandIn['fail']>[0] = null
  const put = (name: string, value: string): Version => {
    const version = { id: randomUUID(), value, createdAtMs: Date.now() }
    secrets.set(name, version)
    return version
  }
  const answer = (operation: string, body: Record<string, string>): [number, object] => {
    const name = body['SecretId'] ?? ''
    asked.push(`${operation} ${name}`)
    if (failure !== null) return [failure.status, { __type: failure.type, Message: failure.message }]
    if (operation === 'PutSecretValue') {
      const { id } = put(name, body['SecretString'] ?? '')
      return [200, { ARN: arnOf(name), Name: name, VersionId: id, VersionStages: ['AWSCURRENT'] }]
    }
    const version = secrets.get(name)
    if (version === undefined)
      return [400, { __type: 'ResourceNotFoundException', Message: 'Secrets Manager can’t find it.' }]
    const { createdAtMs, id, value } = version
    const told = { ARN: arnOf(name), Name: name, VersionId: id, VersionStages: ['AWSCURRENT'] }
    return [200, { ...told, SecretString: value, CreatedDate: createdAtMs / 1_000 }]
  }
  const server = createServer((request, response) => {
    void (async () => {
      let text = ''
      for await (const piece of request) text += String(piece)
      const target = String(request.headers['x-amz-target']).replace('secretsmanager.', '')
      const [status, body] = isSigned(request, text)
        ? answer(target, JSON.parse(text) as Record<string, string>)
        : [400, { __type: 'InvalidSignatureException', message: 'The signature does not match.' }]
      response.writeHead(status, { 'content-type': 'application/x-amz-json-1.1' }).end(JSON.stringify(body))
    })()
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  return {
    url: `http://127.0.0.1:${address.port}`,
    asked,
    put: (name, value) => void put(name, value),
    fail: (error) => (failure = error),
    close: async () => {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

const arnOf = (name: string): string =>
  `arn:aws:secretsmanager:eu-central-1:111122223333:secret:${name}-AbCdEf`

const hmac = (key: string | Buffer, data: string): Buffer => createHmac('sha256', key).update(data).digest()
const sha256 = (data: string): string => createHash('sha256').update(data).digest('hex')

/** Signature Version 4 as its documentation says it, of whatever headers the caller signed. */
function isSigned({ headers, method = '', url = '' }: IncomingMessage, body: string): boolean {
  const given =
    /Credential=AKIAEXAMPLE\/(\d+)\/([\w-]+)\/secretsmanager\/aws4_request, SignedHeaders=([\w;-]+), Signature=(\w+)/.exec(
      headers.authorization ?? '',
    )
  if (given === null) return false
  const [, date = '', region = '', names = '', signature = ''] = given
  const signed = names.split(';').map((name) => `${name}:${String(headers[name]).trim()}\n`)
  const canonical = [method, url, '', signed.join(''), names, sha256(body)].join('\n')
  const scope = `${date}/${region}/secretsmanager/aws4_request`
  const text = ['AWS4-HMAC-SHA256', headers['x-amz-date'], scope, sha256(canonical)].join('\n')
  const key = [date, region, 'secretsmanager', 'aws4_request'].reduce<string | Buffer>(
    hmac,
    `AWS4${standInCredentials.secretAccessKey}`,
  )
  return hmac(key, text).toString('hex') === signature
}
