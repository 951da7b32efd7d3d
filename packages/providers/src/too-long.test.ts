import type { Provider } from '@pointsman/contract'
import { expect, test } from 'vitest'
import { createAnthropic, createBedrock, createGoogle, createOpenai } from './index.ts'

const encoder = new TextEncoder()
const quoted = 'messages.0: "prompt is too long" is no role.'

/** A vendor, its name for a wrong request, and what it says of one that is too long. */
const vendors: readonly (readonly [Provider, string, (message: string) => object, readonly string[]])[] = [
  [
    createOpenai(),
    'invalid_request_error',
    (message) => ({ error: { message, type: 'invalid_request_error' } }),
    [
      "This model's maximum context length is 128000 tokens. However, your messages resulted in 200000.",
      'Your input exceeds the context window of this model. Please adjust your input and try again.',
      'Input tokens exceed the configured limit of 272000 tokens.',
    ],
  ],
  [
    createAnthropic(),
    'invalid_request_error',
    (message) => ({ type: 'error', error: { message, type: 'invalid_request_error' } }),
    [
      'prompt is too long: 209353 tokens > 200000 maximum',
      'input length and `max_tokens` exceed context limit: 190000 + 20000 > 200000',
    ],
  ],
  [
    createBedrock(),
    'ValidationException',
    (message) => ({ __type: 'ValidationException', message }),
    [
      'Input is too long for requested model.',
      'The model returned the following errors: prompt is too long: 209353 tokens > 200000 maximum',
      'The model returned the following errors: Input Tokens Exceeded: Number of input tokens exceeds maximum length.',
    ],
  ],
  [
    createGoogle(),
    'INVALID_ARGUMENT',
    (message) => ({ error: { code: 400, message, status: 'INVALID_ARGUMENT' } }),
    ['The input token count (1551126) exceeds the maximum number of tokens allowed (1048576).'],
  ],
]

test.each(vendors.map((row) => [row[0].id, ...row] as const))(
  '%s: a refusal for the length of the request is known by its words',
  (_id, provider, name, bodyOf, messages) => {
    const read = (message: string) =>
      provider.readFailure({ status: 400, headers: {} }, encoder.encode(JSON.stringify(bodyOf(message))))
    for (const message of messages) {
      expect(read(message)).toMatchObject({ code: 'upstream_rejected', message, tooLong: true })
      expect(provider.readStreamError(name, message)).toMatchObject({ tooLong: true })
    }
    expect(read(quoted)).toMatchObject({ code: 'upstream_rejected', message: quoted })
    expect(read(quoted).tooLong).toBeUndefined()
  },
)
