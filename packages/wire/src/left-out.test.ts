import type { ChatCall, ChatResult, ContentPart } from '@pointsman/contract'
import { unknownUsage } from '@pointsman/contract'
import { expect, it } from 'vitest'

import type { Dialect, WriteTarget } from './dialect.ts'
import { anthropicCall, openaiCall, user, writeAnthropic, writeConverse } from './testing/calls.ts'
import {
  about,
  claude,
  decodeJson,
  dialectNamed,
  dialects,
  encodeJson,
  gpt,
} from './testing/dialects-for-tests.ts'

const { anthropicMessages, bedrockConverse, gemini, nativeChat, openaiChat, openaiResponses } = dialects
const invokeNova = dialectNamed('bedrock-invoke-nova')
const invokeClaude = dialectNamed('bedrock-invoke-claude')
const answer = (part: ContentPart): ChatResult => ({
  parts: [{ kind: 'text', text: 'Here.' }, part],
  finish: { reason: 'length', raw: 'MAX_TOKENS' },
  usage: unknownUsage,
  logprobs: null,
  serviceTier: null,
  upstreamLatencyMs: null,
})
const image = answer({ kind: 'image', mediaType: 'image/png', source: { kind: 'base64', data: 'aGk=' } })
const paper = answer({
  ...{ kind: 'document', name: 'paper', mediaType: 'application/pdf' },
  source: { kind: 'base64', data: 'aGk=' },
})
const half = answer({ kind: 'tool-call', id: 'a', name: 'f', argumentsJson: '{"x"' })

it('says that an image of the answer was left out, whole and streamed', () => {
  for (const face of [
    ...[anthropicMessages, bedrockConverse, invokeClaude, invokeNova],
    ...[nativeChat, openaiChat, openaiResponses],
  ]) {
    expect(face.resultWarnings?.(image).join(), face.name).toContain('image')
    expect(face.partWarning?.({ type: 'unrecognised', name: 'image' }), face.name).toContain('image')
    expect(face.partWarning?.({ type: 'unrecognised', name: 'news' }), face.name).toBeNull()
  }
  expect(gemini.resultWarnings?.(image)).toEqual([])
  expect(gemini.resultWarnings?.(paper).join()).toContain('document')
  expect(gemini.partWarning?.({ type: 'unrecognised', name: 'image' })).toContain('image')
})

it("knows the media of Converse's streams by the names that their events have", () => {
  const told = ['contentBlockStart.image', 'contentBlockDelta.image'].map((name) =>
    openaiChat.partWarning?.({ type: 'unrecognised', name }),
  )
  expect(told).toEqual(Array(2).fill(expect.stringContaining('media (image)')))
})

it('says that half a call was left out where calls are objects', () => {
  for (const face of [anthropicMessages, bedrockConverse, gemini, invokeClaude, invokeNova]) {
    expect(face.resultWarnings?.(half).join(), face.name).toContain('tool call')
  }
  expect(openaiChat.resultWarnings?.(half)).toEqual([])
})

it('leaves no signed thought where half a call was left out', () => {
  const signed = answer({
    ...{ kind: 'tool-call', id: 'a', name: 'f', argumentsJson: '{"x"' },
    signature: { signer: 'google', value: 'c2ln' },
  })
  expect(decodeJson(anthropicMessages.writeResult(signed, about))).toMatchObject({
    content: [{ type: 'text', text: 'Here.' }],
  })
  expect(decodeJson(bedrockConverse.writeResult(signed, about))).toMatchObject({
    output: { message: { content: [{ text: 'Here.' }] } },
  })
})

it('says that white space was taken off an answer that was begun', () => {
  const begun = (text: string) =>
    writeAnthropic(
      openaiCall({
        messages: [
          { role: 'user', content: 'hi' },
          { role: 'assistant', content: text },
        ],
      }),
    )
  expect(begun('I think ').warnings.join()).toContain('white space')
  expect(begun('I think').warnings.join()).not.toContain('white space')
})

it('says that a blank result was replaced', () => {
  const { warnings } = writeConverse(
    anthropicCall({
      messages: [
        { role: 'user', content: 'hi' },
        { role: 'assistant', content: [{ type: 'tool_use', id: 'a', name: 'f', input: {} }] },
        { role: 'user', content: [{ type: 'tool_result', tool_use_id: 'a', content: ' ' }] },
      ],
    }),
  )
  expect(warnings.join()).toContain('(empty)')
})

it("leaves out a context management of another vendor's form", () => {
  const edits = { edits: [{ type: 'clear_tool_uses_20250919' }] }
  const compaction = [{ type: 'compaction', compact_threshold: 9_000 }]
  const fromClaude = anthropicCall({ messages: [user], context_management: edits })
  const fromOpenai = openaiResponses.readRequest(
    openaiResponses.scanRequest(
      encodeJson({ model: 'm', input: 'hi', context_management: compaction }),
      null,
    ),
  )
  const asked = (call: ChatCall, by: Dialect, to: WriteTarget) => {
    const { body, warnings } = by.writeRequest(call, to)
    const { context_management: written } = decodeJson(body) as { context_management?: unknown }
    return [written, warnings.some((text) => text.startsWith('context_management: '))]
  }
  expect(asked(fromClaude, openaiResponses, gpt)).toEqual([undefined, true])
  expect(asked(fromOpenai, anthropicMessages, claude(4.5))).toEqual([undefined, true])
  expect(asked(fromClaude, anthropicMessages, claude(4.5))).toEqual([edits, false])
  expect(asked(fromOpenai, openaiResponses, gpt)).toEqual([compaction, false])
})
