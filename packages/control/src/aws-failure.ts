import { z } from 'zod'

/** Why an AWS service that speaks JSON refused: the API's own name of the error and its words. */
export interface AwsFailure {
  readonly name: string
  readonly message: string
}

const failure = z.object({
  __type: z.string().optional(),
  message: z.string().optional(),
  Message: z.string().optional(),
})

/** What an answer that is not 200 says; `header` is its `x-amzn-errortype`. */
export function readAwsFailure(status: number, text: string, header: string | null): AwsFailure {
  const told = failure.safeParse(parsed(text))
  const { __type: type = null, Message = '', message = Message } = told.success ? told.data : {}
  // `com.amazonaws.secretsmanager#AccessDeniedException`, or with an address behind a colon.
  const name = (type ?? header ?? `status ${status}`).replace(/^.*#/, '').replace(/:.*$/, '')
  const words = firstLine(message)
  return { name, message: words === '' ? `It answered ${status}.` : words }
}

const mostCharacters = 1_000

/**
 * Below it AWS repeats a request that was signed wrongly with all its headers, the token of the role among them; what is read
 * here stands in logs, pages and the registry.
 */
const firstLine = (message: string): string =>
  message
    .trim()
    .split(/[\r\n]/, 1)[0]
    ?.slice(0, mostCharacters) ?? ''

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown
  } catch {
    // The schemas above say what is wrong with nothing.
    return undefined
  }
}
