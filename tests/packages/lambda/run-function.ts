import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { cleanEnvironment, root } from '../../server.ts'
import { startRuntimeApi, type RuntimeApi } from './runtime-api.ts'

export interface RunningFunction {
  readonly api: RuntimeApi
  readonly process: ChildProcess
  output(): string
  /** At once, as a frozen one may be that nobody wakes again. */
  stop(): Promise<void>
}

export interface FunctionToRun {
  /** Where AWS's runtime client for Node (`aws-lambda-ric`) lies. */
  readonly client: string
  /** Where the function's package lies. */
  readonly folder: string
  /** As the function's configuration names it: `index.handler`. */
  readonly handler: string
  readonly environment: { readonly [name: string]: string }
}

/** The function under AWS's own runtime client, behind a stand-in of Lambda's Runtime API. Rejects where it ends instead. */
export async function runFunction({
  client,
  environment,
  folder,
  handler,
}: FunctionToRun): Promise<RunningFunction> {
  const api = await startRuntimeApi()
  const process_ = spawn(
    process.execPath,
    [
      '--require',
      join(root, 'tests/packages/lambda/native-client.cjs'),
      join(client, 'bin/index.mjs'),
      handler,
    ],
    {
      cwd: folder,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: cleanEnvironment({
        ...{ AWS_LAMBDA_RUNTIME_API: api.address, LAMBDA_TASK_ROOT: folder, AWS_REGION: 'eu-central-1' },
        ...{ AWS_LAMBDA_FUNCTION_NAME: 'f', AWS_LAMBDA_NODEJS_USE_ALTERNATIVE_CLIENT_1: 'true' },
        ...environment,
      }),
    },
  )
  let output = ''
  for (const stream of [process_.stdout, process_.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => (output += text))
  const ended = once(process_, 'exit').then(() => Promise.reject(new Error(`It ended:\n${output}`)))
  await Promise.race([api.ready, ended])
  ended.catch(() => undefined)
  return {
    api,
    process: process_,
    output: () => output,
    async stop() {
      process_.kill('SIGKILL')
      await api.close()
    },
  }
}
