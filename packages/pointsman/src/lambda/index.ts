import { fileURLToPath } from 'node:url'
import { PointsmanError } from '@pointsman/contract'
import type { AwsIdentity } from '@pointsman/engine'
import { followProxies } from '../follow-proxies.ts'
import { systemClock } from '../serve/clock.ts'
import { createLog } from '../serve/log.ts'
import { readSettings } from '../settings.ts'
import type { AnswerPrelude, ResponseStream } from './answer-clients.ts'
import { handleEvent } from './handle-event.ts'
import { handleInvocation, type InvocationAnswer } from './handle-invocation.ts'
import { readLambdaSettings } from './lambda-settings.ts'
import { openFunction } from './open-function.ts'

/** What Lambda's runtime for Node puts there (docs.aws.amazon.com/lambda, "Response streaming", 2026-11). */
interface AwsLambda {
  streamifyResponse<Handler>(handler: Handler): Handler
  readonly HttpResponseStream: {
    from(stream: ResponseStream, prelude: AnswerPrelude): ResponseStream
  }
}
declare const awslambda: AwsLambda

/** Metrics of a function go out as lines of its log unless the variable says otherwise. */
const environment: NodeJS.ProcessEnv = { POINTSMAN_CLOUDWATCH: 'embedded', ...process.env }
const value = (name: string): string | null => {
  const text = environment[name]?.trim()
  return text === undefined || text === '' ? null : text
}

function identity(): Promise<AwsIdentity> {
  const [accessKeyId, secretAccessKey] = [value('AWS_ACCESS_KEY_ID'), value('AWS_SECRET_ACCESS_KEY')]
  if (accessKeyId === null || secretAccessKey === null)
    return Promise.reject(
      new PointsmanError('credentials_missing', 'The function has no role in its environment.'),
    )
  const sessionToken = value('AWS_SESSION_TOKEN')
  return Promise.resolve({
    ...{ accessKeyId, secretAccessKey },
    ...(sessionToken === null ? {} : { sessionToken }),
  })
}

const settings = readSettings(environment, {})
followProxies(settings.proxy)

/** While the function is made ready, whose time is not billed to a request: a mistake of the settings shows at once. */
const opened = await openFunction({
  settings,
  own: readLambdaSettings(value, fileURLToPath(new URL('.', import.meta.url)).replace(/\/$/, '')),
  log: createLog('info'),
  identity,
  write: (line) => void process.stdout.write(`${line}\n`),
})

interface FunctionContext {
  callbackWaitsForEmptyEventLoop: boolean
}

export const handler = awslambda.streamifyResponse(
  async (
    event: unknown,
    stream: ResponseStream & { setContentType(type: string): void },
    context: FunctionContext,
  ) => {
    // Connections to vendors are kept for the next event: waiting for their end, the runtime would take none.
    context.callbackWaitsForEmptyEventLoop = false
    await opened.fresh()
    const place = {
      withPrelude: (prelude: AnswerPrelude) => awslambda.HttpResponseStream.from(stream, prelude),
      plain: () => {
        stream.setContentType('application/json')
        return stream
      },
    }
    await handleEvent(event, place, { gateway: opened.gateway, nowUs: systemClock.nowUs })
  },
)

/** The handler of a function that state machines and other functions invoke, by IAM's leave. It has no URL. */
export async function invoked(event: unknown): Promise<InvocationAnswer> {
  await opened.fresh()
  return handleInvocation(event, { ...opened, nowUs: systemClock.nowUs })
}
