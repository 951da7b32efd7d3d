import type { ChatCall } from '@pointsman/contract'
import { wholeBody } from '@pointsman/contract'
import { describe, expect, it, test } from 'vitest'

import type { Dialect, WriteTarget } from './dialect.ts'
import { openaiCall, writeAnthropic, writeConverse } from './testing/calls.ts'
import {
  claude,
  decode,
  decodeJson,
  dialects,
  encodeJson,
  gpt,
  target,
} from './testing/dialects-for-tests.ts'

/* Whose caller allows some of its tools for a while keeps the others declared: caches and thoughts hang on the whole list. */

const { openaiChat, openaiResponses, gemini } = dialects
const names = ['look', 'say', 'go']
const schema = { type: 'object', properties: {} }
const read = (face: Dialect, body: object): ChatCall =>
  face.readRequest(face.scanRequest(encodeJson(body), false))

const ofChat = (mode: string, allowed: readonly string[], more: object = {}): object => ({
  model: 'm',
  messages: [{ role: 'user', content: 'a' }],
  tools: names.map((name) => ({ type: 'function', function: { name, parameters: schema } })),
  tool_choice: {
    type: 'allowed_tools',
    allowed_tools: { mode, tools: allowed.map((name) => ({ type: 'function', function: { name } })) },
  },
  ...more,
})
const ofResponses = (mode: string, allowed: readonly string[]): object => ({
  model: 'm',
  input: 'a',
  tools: names.map((name) => ({ type: 'function', name, parameters: schema, strict: false })),
  tool_choice: { type: 'allowed_tools', mode, tools: allowed.map((name) => ({ type: 'function', name })) },
})
const ofGemini = (mode: string, allowedFunctionNames: readonly string[]): object => ({
  contents: [{ role: 'user', parts: [{ text: 'a' }] }],
  tools: [{ functionDeclarations: names.map((name) => ({ name, parametersJsonSchema: schema })) }],
  toolConfig: { functionCallingConfig: { mode, allowedFunctionNames } },
})

const allowed = ['look', 'go']
const faces: readonly (readonly [string, Dialect, (mode: string) => object, string, string])[] = [
  ['chat completions', openaiChat, (mode) => ofChat(mode, allowed), 'auto', 'required'],
  ['responses', openaiResponses, (mode) => ofResponses(mode, allowed), 'auto', 'required'],
  ['gemini', gemini, (mode) => ofGemini(mode, allowed), 'VALIDATED', 'ANY'],
]

const geminiModel: WriteTarget = target({
  vendor: 'google',
  family: 'gemini',
  format: 'gemini',
  generation: 3,
})
const local: WriteTarget = target({ vendor: 'local', family: 'qwen', format: 'openai' })
const written = (dialect: Dialect, call: ChatCall, to: WriteTarget) =>
  decodeJson(dialect.writeRequest(call, to).body) as Record<string, unknown>

test('none of the tools allowed are none for Gemini, and not all', () => {
  for (const call of [read(openaiChat, ofChat('auto', [])), read(openaiResponses, ofResponses('auto', []))])
    expect(written(gemini, call, geminiModel)['toolConfig']).toEqual({
      functionCallingConfig: { mode: 'NONE' },
    })
})

test.each([
  ['tool_choice.allowed_tools.tools', openaiChat, ofChat, '[1].function.name'],
  ['tool_choice.tools', openaiResponses, ofResponses, '[1].name'],
] as const)(
  'that are not declared, or none where a call is required, are refused at %s',
  (at, face, bodyOf, name) => {
    expect(() => read(face, bodyOf('auto', ['say', 'gone']))).toThrow(`${at}${name}`)
    expect(() => read(face, bodyOf('required', []))).toThrow(at)
  },
)

describe.each(faces)('tools that %s allows', (_, face, bodyOf, free, forced) => {
  test('are told where they have a place, and all stay declared', () => {
    for (const [mode, word, geminis] of [
      [free, 'auto', 'VALIDATED'],
      [forced, 'required', 'ANY'],
    ] as const) {
      const call = read(face, bodyOf(mode))
      expect(written(openaiChat, call, gpt)).toMatchObject({
        tools: names.map((name) => ({ function: { name } })),
        tool_choice: {
          type: 'allowed_tools',
          allowed_tools: {
            mode: word,
            tools: allowed.map((name) => ({ type: 'function', function: { name } })),
          },
        },
      })
      expect(written(openaiResponses, call, gpt)).toMatchObject({
        tools: names.map((name) => ({ name })),
        tool_choice: {
          type: 'allowed_tools',
          mode: word,
          tools: allowed.map((name) => ({ type: 'function', name })),
        },
      })
      expect(written(gemini, call, geminiModel)).toMatchObject({
        tools: [{ functionDeclarations: names.map((name) => ({ name })) }],
        toolConfig: { functionCallingConfig: { mode: geminis, allowedFunctionNames: allowed } },
      })
    }
  })

  test('are declared alone where there is no place: no other may be called', () => {
    for (const [mode, type] of [
      [free, 'auto'],
      [forced, 'any'],
    ] as const) {
      const call = read(face, bodyOf(mode))
      expect(writeAnthropic(call, claude(4.5)).body).toMatchObject({
        tools: allowed.map((name) => ({ name })),
        tool_choice: { type },
      })
      expect(writeConverse(call, claude(4.5)).body['toolConfig']).toMatchObject({
        tools: allowed.map((name) => ({ toolSpec: { name } })),
        ...(type === 'any' ? { toolChoice: { any: {} } } : {}),
      })
      for (const dialect of [openaiChat, openaiResponses]) {
        const { tools, tool_choice: choice } = written(dialect, call, local)
        expect(tools).toHaveLength(allowed.length)
        expect(choice).toBe(type === 'any' ? 'required' : 'auto')
      }
    }
  })

  it('passes the same dialect as it came', () => {
    const bytes = encodeJson(bodyOf(forced))
    const passed = face.passRequest(face.scanRequest(bytes, false), { ...gpt, upstreamId: 'm' })
    expect(decode(wholeBody(passed.body))).toBe(decode(bytes))
  })
})

it('gives up thoughts that stand behind other tools, where the model would refuse them', () => {
  const messages = [
    { role: 'user', content: 'a' },
    { role: 'assistant', content: 'b' },
    { role: 'user', content: 'c' },
  ]
  const call = openaiCall(ofChat('auto', ['look'], { messages }))
  const signature = { signer: 'anthropic', value: 'sealed' } as const
  const thinking: ChatCall = {
    ...call,
    messages: call.messages.map((message) =>
      message.role === 'assistant'
        ? { ...message, parts: [{ kind: 'reasoning', text: 'hm', signature }, ...message.parts] }
        : message,
    ),
  }
  for (const write of [writeAnthropic, writeConverse]) {
    const { body, warnings } = write(thinking, claude(5.5))
    expect(JSON.stringify(body['messages'])).not.toContain('sealed')
    expect(warnings.join()).toContain('a change of tools')
    expect(JSON.stringify(write(thinking, claude(5)).body['messages'])).toContain('sealed')
  }
  const every: ChatCall = { ...thinking, toolChoice: { kind: 'auto', among: names } }
  expect(JSON.stringify(writeAnthropic(every, claude(5.5)).body['messages'])).toContain('sealed')
})
