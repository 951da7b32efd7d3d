import { randomUUID } from 'node:crypto'
import { startSignedService } from '../../testing/signed-service.ts'

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

export { standInCredentials } from '../../testing/signed-service.ts'

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
  const service = await startSignedService({
    service: 'secretsmanager',
    contentType: 'application/x-amz-json-1.1',
    answer: (operation, body) => answer(operation, body as Record<string, string>),
  })
  return {
    ...service,
    asked,
    put: (name, value) => void put(name, value),
    fail: (error) => (failure = error),
  }
}

const arnOf = (name: string): string =>
  `arn:aws:secretsmanager:eu-central-1:111122223333:secret:${name}-AbCdEf`
