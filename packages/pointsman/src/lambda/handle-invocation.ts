import { toPointsmanError } from '@pointsman/contract'
import type { AnswerPrelude, WholeResult } from './answer-clients.ts'
import { answerWhole, type EventParts } from './answer-whole.ts'
import { readInvocation } from './invocation.ts'
import type { EventRequest } from './http-event.ts'

/** The body as JSON where it is JSON, so that a state machine selects from it. */
export interface InvocationAnswer extends AnswerPrelude {
  readonly body: unknown
  readonly isBase64Encoded: boolean
}

/** What Lambda tells as the function's error: `name` is what a state machine's Retry and Catch look for. */
export class InvocationFailure extends Error {
  constructor(status: number, message: string) {
    super(message)
    this.name = `Http.StatusCode.${status}`
    // Lambda tells it, and every history of an execution would keep it.
    this.stack = `${this.name}: ${message}`
  }
}

/**
 * Answers what invoked the function itself, which IAM allowed: without a key of its own it comes with the function's. Throws
 * InvocationFailure for a refusal. A handler that streams could not tell of one: whoever waits for a whole answer gets an
 * empty one in its place.
 */
export async function handleInvocation(
  event: unknown,
  parts: EventParts & { readonly serviceKey: string },
): Promise<InvocationAnswer> {
  let request: EventRequest
  try {
    request = readInvocation(event, parts.serviceKey)
  } catch (thrown) {
    const { message, status } = toPointsmanError(thrown)
    throw new InvocationFailure(status, message)
  }
  return answerOf(await answerWhole(request, parts))
}

function answerOf(whole: WholeResult): InvocationAnswer {
  const { headers, isBase64Encoded, statusCode } = whole
  const isJson = !isBase64Encoded && (headers['content-type'] ?? '').includes('json')
  // oxlint-disable-next-line no-restricted-properties -- nobody else's: it is what this process has just written
  const body: unknown = isJson ? JSON.parse(whole.body) : whole.body
  if (statusCode < 400) return { ...whole, body }
  const id = headers['x-pointsman-request-id']
  const words = messageIn(body) ?? `The answer has the status ${statusCode}.`
  throw new InvocationFailure(statusCode, id === undefined ? words : `${words} (request ${id})`)
}

const member = (value: unknown, name: string): unknown =>
  typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined

/** Of our own errors, in the forms of all faces: Bedrock's stands by itself, all others have it below `error`. */
function messageIn(body: unknown): string | null {
  const message = member(member(body, 'error'), 'message') ?? member(body, 'message')
  return typeof message === 'string' ? message : null
}
