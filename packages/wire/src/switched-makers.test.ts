import { describe, expect, it } from 'vitest'
import { unknownUsage } from '@pointsman/contract'
import type { ChatResult, ContentPart, Signature } from '@pointsman/contract'

import { encodeBase64Text } from './base64-text.ts'
import type { WriteTarget } from './dialect.ts'
import { join } from './testing/cut.ts'
import {
  about,
  claude,
  decode,
  decodeJson,
  dialects,
  encodeJson,
  target,
} from './testing/dialects-for-tests.ts'
import { partsOf, readAll, writeAll } from './testing/read-all.ts'

const { anthropicMessages, bedrockConverse } = dialects
const nova = target({ vendor: 'amazon', format: 'nova', generation: 2 })
const oss = target({ vendor: 'openai', family: 'gpt-oss', format: 'openai', generation: 1 })
const gpt = target({ vendor: 'openai', family: 'gpt', format: 'openai', generation: 6 })
const opus = claude(5.5)

const sealed = 'cnNuX3h5eg=='
const thought = { reasoningContent: { reasoningText: { text: 'hm', signature: 'c2ln' } } }
const hidden = { reasoningContent: { redactedContent: sealed } }

const answer: Omit<ChatResult, 'parts'> = {
  finish: { reason: 'stop', raw: 'end_turn' },
  usage: unknownUsage,
  logprobs: null,
  serviceTier: null,
  upstreamLatencyMs: null,
}

/** What a model on Bedrock thinks, as clients of Anthropic's API get it. */
function thinks({ model }: WriteTarget, block: object = thought): object {
  const body = encodeJson({
    output: { message: { role: 'assistant', content: [block, { text: 'Hello' }] } },
    stopReason: 'end_turn',
    usage: { inputTokens: 1, outputTokens: 1 },
  })
  const written = anthropicMessages.writeResult(bedrockConverse.readResult(body, {}, model), about)
  const { content } = decodeJson(written) as { readonly content: readonly object[] }
  return content[0] ?? {}
}

const askAnthropic = (block: object) =>
  anthropicMessages.readRequest(
    anthropicMessages.scanRequest(
      encodeJson({
        model: 'm',
        max_tokens: 100,
        messages: [
          { role: 'user', content: 'a' },
          { role: 'assistant', content: [block, { type: 'text', text: 'b' }] },
          { role: 'user', content: 'c' },
        ],
      }),
      null,
    ),
  )

/** Whether the thought goes back, and whether the caller is told that it does not. */
function goesBack(block: object, to: WriteTarget, dialect = bedrockConverse): 'sent' | 'left out' {
  const { body, warnings } = dialect.writeRequest(askAnthropic(block), to)
  const isSent = /c2ln|cnNuX3h5eg/.test(decode(body))
  expect(warnings.some((text) => text.startsWith('messages: reasoning'))).toBe(!isSent)
  return isSent ? 'sent' : 'left out'
}

describe('thoughts of models on Bedrock, by who made the model', () => {
  it.each([
    ['Claude', thinks(opus), ['sent', 'left out', 'sent']],
    ['Nova', thinks(nova), ['left out', 'left out', 'left out']],
    ['gpt-oss', thinks(oss), ['left out', 'sent', 'left out']],
    ['GPT', thinks(gpt, hidden), ['left out', 'sent', 'left out']],
    [
      'a model that an earlier version did not tell',
      { type: 'thinking', thinking: 'hm', signature: `cG9pbnRzbWFu${encodeBase64Text('bedrock:c2ln')}` },
      ['left out', 'left out', 'left out'],
    ],
  ])('%s', (_, block, expected) => {
    expect([
      goesBack(block, opus),
      goesBack(block, gpt),
      goesBack(block, claude(5.5), anthropicMessages),
    ]).toEqual(expected)
  })

  it('streamed too', () => {
    const written = writeAll(bedrockConverse.streamWriter(about), [
      { type: 'start' },
      { type: 'block-start', index: 0, block: { kind: 'reasoning' } },
      { type: 'reasoning-signature', index: 0, signature: { signer: 'bedrock', value: 'c2ln' } },
      { type: 'redacted-reasoning', index: 0, data: { signer: 'bedrock', value: sealed } },
      { type: 'block-end', index: 0 },
      { type: 'finish', finish: { reason: 'stop', raw: 'end_turn' } },
    ])
    const signers = ({ model }: WriteTarget) =>
      partsOf(
        readAll(bedrockConverse.streamReader({ mode: 'translate', hideUsage: false, model }), [
          join(written),
        ]),
      ).flatMap((part) => {
        if (part.type === 'reasoning-signature') return [part.signature.signer]
        return part.type === 'redacted-reasoning' ? [part.data.signer] : []
      })
    expect(signers(opus)).toEqual(['anthropic', 'anthropic'])
    expect(signers(nova)).toEqual(['bedrock/amazon', 'bedrock/amazon'])
  })
})

describe('over Converse itself', () => {
  const given = (block: object) =>
    bedrockConverse.scanRequest(
      encodeJson({
        messages: [
          { role: 'user', content: [{ text: 'a' }] },
          { role: 'assistant', content: [block, { text: 'b' }] },
          { role: 'user', content: [{ text: 'c' }] },
        ],
      }),
      false,
    )

  it('what GPT sealed does not pass to Claude, nor Claude’s thoughts to GPT', () => {
    expect(bedrockConverse.takesBytes?.(given(hidden), opus)).toBe(false)
    expect(bedrockConverse.takesBytes?.(given(hidden), gpt)).toBe(true)
    expect(bedrockConverse.takesBytes?.(given(thought), opus)).toBe(true)
    expect(bedrockConverse.takesBytes?.(given(thought), gpt)).toBe(false)
    const written = (block: object, to: WriteTarget) =>
      decode(bedrockConverse.writeRequest(bedrockConverse.readRequest(given(block)), to).body)
    expect(written(hidden, opus)).not.toContain('reasoningContent')
    expect(written(hidden, gpt)).toContain(sealed)
    expect(written(thought, opus)).toContain('c2ln')
    expect(written(thought, gpt)).not.toContain('reasoningContent')
  })

  it.each<readonly [Signature, boolean]>([
    [{ signer: 'anthropic', value: 'c2ln' }, true],
    [{ signer: 'bedrock/openai', value: sealed }, true],
    [{ signer: 'bedrock/amazon', value: 'c2ln' }, false],
    [{ signer: 'google', value: 'c2ln' }, false],
  ])('%j comes back as its signer’s; without a mark: %s', (signature, isBare) => {
    const parts: readonly ContentPart[] = [{ kind: 'reasoning', text: 'hm', signature }]
    const result: ChatResult = { ...answer, parts }
    const { output } = decodeJson(bedrockConverse.writeResult(result, about)) as {
      readonly output: { readonly message: { readonly content: readonly [typeof thought] } }
    }
    const [block] = output.message.content
    expect(block.reasoningContent.reasoningText.signature === signature.value).toBe(isBare)
    expect(bedrockConverse.readRequest(given(block)).messages[1]?.parts[0]).toEqual(parts[0])
  })
})
