import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Simulator } from '../simulator.ts'
import { blind, gpt41, luna, openaiKey, png, startOpenai } from '../testing/openai-clients.ts'

/* Refusals as they stand on the wire, without any client between. */

let simulator: Simulator

beforeAll(async () => {
  simulator = await startOpenai()
})
afterAll(() => simulator.close())

interface Refused {
  readonly error: {
    readonly message: string
    readonly type: string
    readonly param: string | null
    readonly code: string | null
  }
}

const post = (path: string, body: unknown, key: string | null = openaiKey): Promise<Response> =>
  fetch(`${simulator.url}${path}`, {
    method: 'POST',
    headers: key === null ? {} : { authorization: `Bearer ${key}` },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  })

/** Status, type, code and param of a refusal, in one line. */
async function refusal(answer: Response): Promise<string> {
  const { error } = (await answer.json()) as Refused
  expect(Object.keys(error)).toEqual(['message', 'type', 'param', 'code'])
  expect(error.message.length).toBeGreaterThan(5)
  return [answer.status, error.type, error.code ?? '-', error.param ?? '-'].join(' ')
}

const hello = { role: 'user', content: 'Hello' }
const call = (id: string) => ({ id, type: 'function', function: { name: 'x', arguments: '{}' } })
const calling = (...ids: readonly string[]) => ({
  role: 'assistant',
  content: null,
  tool_calls: ids.map(call),
})
const result = (id: string) => ({ role: 'tool', tool_call_id: id, content: 'ok' })
const tool = (more: object) => ({ type: 'function', function: { name: 'x', ...more } })
const image = (url: string) => ({ role: 'user', content: [{ type: 'image_url', image_url: { url } }] })
const open = { type: 'object', properties: { a: { type: 'string' } } }

test.each([
  [{ messages: undefined }, '400 invalid_request_error missing_required_parameter messages'],
  [{ messages: [] }, '400 invalid_request_error empty_array messages'],
  [
    { messages: [{ role: 'judge', content: 'Hi' }] },
    '400 invalid_request_error invalid_value messages[0].role',
  ],
  [{ messages: [hello, calling('call_a'), hello] }, '400 invalid_request_error - messages[1]'],
  [
    { messages: [hello, calling('call_a', 'call_b'), result('call_a')] },
    '400 invalid_request_error - messages[1]',
  ],
  [
    { messages: [hello, calling('call_a'), result('call_b')] },
    '400 invalid_request_error - messages[2].role',
  ],
  [
    { messages: [hello, calling('c'.repeat(41)), result('c'.repeat(41))] },
    '400 invalid_request_error string_above_max_length messages[1].tool_calls[0].id',
  ],
  [{ tools: [tool({ name: 'a b' })] }, '400 invalid_request_error invalid_value tools[0].function.name'],
  [
    { tools: [tool({ parameters: { type: 'object' } })] },
    '400 invalid_request_error invalid_function_parameters tools[0].function.parameters',
  ],
  [
    { tools: [tool({ strict: true, parameters: open })] },
    '400 invalid_request_error invalid_function_parameters tools[0].function.parameters',
  ],
  [
    { response_format: { type: 'json_schema', json_schema: { name: 'x', strict: true, schema: open } } },
    '400 invalid_request_error invalid_json_schema response_format',
  ],
  [
    { messages: [image('ftp://x')] },
    '400 invalid_request_error invalid_value messages[0].content[0].image_url.url',
  ],
  [{ response_format: { type: 'json_object' } }, '400 invalid_request_error - messages'],
  [{ made_up: 1 }, '400 invalid_request_error unknown_parameter made_up'],
  [{ temperature: 'warm' }, '400 invalid_request_error invalid_type temperature'],
  [{ reasoning_effort: 'low' }, '400 invalid_request_error unsupported_parameter reasoning_effort'],
  [{ model: luna, max_tokens: 9 }, '400 invalid_request_error unsupported_parameter max_tokens'],
  [{ model: luna, tools: [tool({})] }, '400 invalid_request_error - reasoning_effort'],
  [
    { model: luna, reasoning_effort: 'minimal' },
    '400 invalid_request_error unsupported_value reasoning_effort',
  ],
  [{ model: luna, reasoning_effort: 'max' }, '400 invalid_request_error unsupported_value reasoning_effort'],
  [{ model: luna, top_p: 0.5 }, '400 invalid_request_error unsupported_value top_p'],
  [
    { model: blind, messages: [image(`data:image/png;base64,${png}`)] },
    '400 invalid_request_error - messages[0].content',
  ],
  [
    { messages: [{ role: 'user', content: 'x'.repeat(50_000) }] },
    '400 invalid_request_error context_length_exceeded messages',
  ],
  [{ model: 'claude-sonnet-5-5' }, '404 invalid_request_error model_not_found -'],
])('a completion of %j', async (more, expected) => {
  const answer = await post('/v1/chat/completions', { model: gpt41, messages: [hello], ...more })
  expect(await refusal(answer)).toBe(expected)
})

const output = { type: 'function_call_output', call_id: 'call_a', output: 'ok' }
const asked = { type: 'function_call', call_id: 'call_a', name: 'x', arguments: '{}' }

test.each([
  [{ input: undefined }, '400 invalid_request_error missing_required_parameter input'],
  [{ input: [output] }, '400 invalid_request_error - input'],
  [{ input: [hello, asked] }, '400 invalid_request_error - input'],
  [
    { input: [hello, { ...asked, call_id: 'c'.repeat(65) }] },
    '400 invalid_request_error string_above_max_length input[1].call_id',
  ],
  [{ input: [hello, { type: 'reasoning', id: 'rs_1', summary: [] }] }, '404 invalid_request_error - input'],
  [{ input: [{ type: 'item_reference', id: 'msg_1' }] }, '404 invalid_request_error - input'],
  [{ input: [7] }, '400 invalid_request_error invalid_type input[0]'],
  [{ include: ['everything'] }, '400 invalid_request_error invalid_value include[0]'],
  [
    { text: { format: { type: 'json_object' } }, instructions: 'Answer in JSON.' },
    '400 invalid_request_error - input',
  ],
  [{ max_output_tokens: 1 }, '400 invalid_request_error integer_below_min_value max_output_tokens'],
  [
    { model: luna, reasoning: { effort: 'minimal' } },
    '400 invalid_request_error unsupported_value reasoning.effort',
  ],
  [{ messages: [hello] }, '400 invalid_request_error unknown_parameter messages'],
])('a response of %j', async (more, expected) => {
  expect(await refusal(await post('/v1/responses', { model: gpt41, input: 'Hello', ...more }))).toBe(expected)
})

const small = 'text-embedding-3-small'

test.each([
  ['a chat model', { model: gpt41, input: 'Hello' }, '403 invalid_request_error - -'],
  ['nothing', { input: [] }, '400 invalid_request_error - -'],
  ['an empty text', { input: ['one', ''] }, '400 invalid_request_error - input[1]'],
  ['a text too long', { input: ['one', 'x'.repeat(40_001)] }, '400 invalid_request_error - -'],
  ['too many tokens', { input: Array.from({ length: 10_001 }, () => 1) }, '400 invalid_request_error - -'],
  [
    'too many texts of the greatest length',
    { input: Array.from({ length: 31 }, () => 'x'.repeat(40_000)) },
    '400 max_tokens_per_request max_tokens_per_request -',
  ],
])('embeddings of %s', async (_what, more, expected) => {
  expect(await refusal(await post('/v1/embeddings', { model: small, ...more }))).toBe(expected)
})

test('embeddings of tokens count them, whatever their numbers', async () => {
  const input = [Array.from({ length: 9_000 }, () => 100_256), [1, 2]]
  const answer = await post('/v1/embeddings', { model: small, dimensions: 2, input })
  expect(await answer.json()).toMatchObject({ usage: { prompt_tokens: 9_002, total_tokens: 9_002 } })
})

test('JSON mode is served where somebody speaks of JSON', async () => {
  const mode = { type: 'json_object' }
  const messages = [{ role: 'system', content: 'Answer as a Json object.' }, hello]
  const chat = await post('/v1/chat/completions', { model: gpt41, messages, response_format: mode })
  expect(chat.status).toBe(200)
  const body = { model: gpt41, input: messages, text: { format: mode } }
  expect((await post('/v1/responses', body)).status).toBe(200)
})

test('an answer that is cut says so, and so does its last item', async () => {
  const answer = await post('/v1/responses', { model: gpt41, input: 'Hello', max_output_tokens: 16 })
  expect(await answer.json()).toMatchObject({
    status: 'incomplete',
    completed_at: null,
    incomplete_details: { reason: 'max_output_tokens' },
    output: [{ type: 'message', status: 'incomplete' }],
  })
})

test('a choice without tools is refused by chat completions, by responses only where it forces one', async () => {
  const respond = (tool_choice: unknown): Promise<Response> =>
    post('/v1/responses', { model: gpt41, input: 'Hello', tool_choice })
  expect([(await respond('none')).status, (await respond('auto')).status]).toEqual([200, 200])
  const refused = '400 invalid_request_error - tool_choice'
  expect(await refusal(await respond('required'))).toBe(refused)
  expect(await refusal(await respond({ type: 'function', name: 'x' }))).toBe(refused)
  const chat = { model: gpt41, messages: [hello], tool_choice: 'none' }
  expect(await refusal(await post('/v1/chat/completions', chat))).toBe(refused)
})

interface Called {
  readonly output?: readonly { readonly name?: string }[]
  readonly choices?: readonly {
    readonly message: { readonly tool_calls?: readonly { readonly function: { readonly name: string } }[] }
  }[]
}

async function called(answer: Response): Promise<readonly string[]> {
  const { output = [], choices = [] } = (await answer.json()) as Called
  const ofChat = choices.flatMap(({ message }) => message.tool_calls?.map((one) => one.function.name) ?? [])
  return [...ofChat, ...output.flatMap(({ name }) => (name === undefined ? [] : [name]))]
}

test('of several tools only those are called that the choice allows, and it allows none but declared ones', async () => {
  const names = ['look', 'go']
  const flat = (name: string) => ({ type: 'function', name })
  const nested = (name: string) => ({ type: 'function', function: { name } })
  const respond = (mode: string, allowed: string, input: string): Promise<Response> =>
    post('/v1/responses', {
      ...{ model: gpt41, input, tools: names.map(flat) },
      tool_choice: { type: 'allowed_tools', mode, tools: [flat(allowed)] },
    })
  const chat = (mode: string, allowed: string, content: string): Promise<Response> =>
    post('/v1/chat/completions', {
      ...{ model: gpt41, messages: [{ role: 'user', content }], tools: names.map(nested) },
      tool_choice: { type: 'allowed_tools', allowed_tools: { mode, tools: [nested(allowed)] } },
    })
  for (const ask of [respond, chat]) {
    expect(await called(await ask('required', 'go', 'Hello'))).toEqual(['go'])
    expect(await called(await ask('auto', 'go', 'Hello'))).toEqual([])
    // Asked for the other one.
    expect(await called(await ask('auto', 'go', 'Use the tool look'))).toEqual(['go'])
    expect(await refusal(await ask('auto', 'sing', 'Hello'))).toBe('400 invalid_request_error - tool_choice')
    expect(await refusal(await ask('any', 'go', 'Hello'))).toMatch(/invalid_value tool_choice\.[a-z_.]*mode$/)
  }
})

test('strangers, bodies that are no JSON, and paths that lead nowhere', async () => {
  const body = { model: gpt41, messages: [hello] }
  expect(await refusal(await post('/v1/chat/completions', body, 'sk-wrong'))).toBe(
    '401 invalid_request_error invalid_api_key -',
  )
  expect(await refusal(await post('/v1/chat/completions', body, null))).toBe('401 invalid_request_error - -')
  expect(await refusal(await post('/v1/chat/completions', '{"model":'))).toBe('400 invalid_request_error - -')
  expect(await refusal(await post('/v1/nowhere', body))).toBe('404 invalid_request_error - -')
})

interface Item {
  readonly id: string
  readonly type: string
}

test('a thought and what it led to come back together', async () => {
  const respond = (body: object): Promise<Response> =>
    post('/v1/responses', { model: luna, reasoning: { effort: 'low' }, ...body })
  const { output } = (await (await respond({ input: 'Hello' })).json()) as { output: readonly Item[] }
  const [thought, said] = output
  expect([thought?.type, said?.type]).toEqual(['reasoning', 'message'])
  expect((await respond({ input: [hello, thought, said, hello] })).status).toBe(200)
  const words = async (input: readonly unknown[]): Promise<string> => {
    const answer = await respond({ input })
    expect(answer.status).toBe(400)
    const { error } = (await answer.json()) as Refused
    expect(error.param).toBe('input')
    return error.message
  }
  const alone = `Item '${thought?.id}' of type 'reasoning' was provided without its required following item.`
  expect(await words([hello, thought])).toBe(alone)
  expect(await words([hello, thought, hello])).toBe(alone)
  expect(await words([hello, said, hello])).toBe(
    `Item '${said?.id}' of type 'message' was provided without its required 'reasoning' item: '${thought?.id}'.`,
  )
})

test('log probabilities of a response come where they are asked for', async () => {
  const include = ['message.output_text.logprobs']
  const body = { model: gpt41, input: 'Hello', include, top_logprobs: 2 }
  const one = { token: expect.any(String) as string, logprob: expect.any(Number) as number }
  const whole = (await (await post('/v1/responses', body)).json()) as {
    output: readonly { content: readonly { logprobs: readonly unknown[] }[] }[]
  }
  expect(whole.output[0]?.content[0]?.logprobs[0]).toMatchObject({ ...one, top_logprobs: [one, one] })
  const stream = await (await post('/v1/responses', { ...body, stream: true })).text()
  const delta = /^data: (.*output_text\.delta.*)$/m.exec(stream)?.[1] ?? '{}'
  const { logprobs } = JSON.parse(delta) as { logprobs: readonly unknown[] }
  expect(logprobs[0]).toEqual({ ...one, top_logprobs: [one, one] })
})
