import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { cleanEnvironment, root } from '../../server.ts'

export interface Aws {
  /** Where its services are reached. */
  readonly url: string
  /** A call of boto3: `call('s3', 'create_bucket', {…})`. Rejects with what the service said. */
  call<Answer extends object>(service: string, operation: string, parameters: object): Promise<Answer>
  /** Whether it looks who asks, and whether IAM allows it; if not, everybody may do everything. */
  checkSignatures(on: boolean): Promise<void>
  close(): Promise<void>
}

/** AWS, as moto plays it in the given Python. `lambdaUrl` stands for Lambda's own API. */
export async function startAws(python: string, lambdaUrl: string): Promise<Aws> {
  const child = spawn(python, [join(root, 'tests/packages/lambda/aws.py')], {
    stdio: ['pipe', 'pipe', 'pipe'],
    env: cleanEnvironment({ AWS_ENDPOINT_URL_LAMBDA: lambdaUrl }),
  })
  let told = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => (told = (told + text).slice(-2_000)))
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  const read = async (): Promise<unknown> => {
    const { done, value } = await lines.next()
    if (done === true) throw new Error(`aws.py has ended:\n${told}`)
    return JSON.parse(value) as unknown
  }
  const url = String(await read())
  let last: Promise<unknown> = Promise.resolve()
  return {
    url,
    call<Answer extends object>(service: string, operation: string, parameters: object): Promise<Answer> {
      const answered = last.then(async () => {
        child.stdin.write(`${JSON.stringify([service, operation, parameters])}\n`)
        const answer = (await read()) as Answer & { readonly failed?: string }
        if (answer.failed !== undefined) throw new Error(answer.failed)
        return answer
      })
      last = answered.catch(() => undefined)
      return answered
    },
    async checkSignatures(on) {
      const body = on ? '0' : 'inf'
      const { status } = await fetch(`${url}/moto-api/reset-auth`, { method: 'POST', body })
      if (status !== 200) throw new Error(`reset-auth answered ${status}`)
    },
    async close() {
      child.stdin.end()
      child.kill('SIGKILL')
      await once(child, 'exit')
    },
  }
}

/** Keys of a user who may read the objects of one bucket, and nothing else. */
export async function readerOf(
  aws: Aws,
  bucket: string,
): Promise<{ readonly AWS_ACCESS_KEY_ID: string; readonly AWS_SECRET_ACCESS_KEY: string }> {
  const UserName = 'function'
  const Resource = `arn:aws:s3:::${bucket}/*`
  const PolicyDocument = JSON.stringify({
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Action: 's3:GetObject', Resource }],
  })
  await aws.call('iam', 'create_user', { UserName })
  await aws.call('iam', 'put_user_policy', { UserName, PolicyName: 'read', PolicyDocument })
  const { AccessKey } = await aws.call<{
    readonly AccessKey: { readonly AccessKeyId: string; readonly SecretAccessKey: string }
  }>('iam', 'create_access_key', { UserName })
  return { AWS_ACCESS_KEY_ID: AccessKey.AccessKeyId, AWS_SECRET_ACCESS_KEY: AccessKey.SecretAccessKey }
}
