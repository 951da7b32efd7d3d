import { expect, it } from 'vitest'

import {
  anthropicCall,
  geminiCall,
  openaiCall,
  refusedByConverse,
  user,
  writeConverse,
} from '../testing/calls.ts'
import { claude, decode, dialects, target } from '../testing/dialects-for-tests.ts'

const { bedrockConverse } = dialects

it('keeps the digits of large numbers in arguments', () => {
  const call = openaiCall({
    messages: [
      user,
      {
        role: 'assistant',
        tool_calls: [
          { id: 'a', type: 'function', function: { name: 'f', arguments: '{"id":12345678901234567890}' } },
        ],
      },
      { role: 'tool', tool_call_id: 'a', content: 'x' },
    ],
  })
  expect(decode(bedrockConverse.writeRequest(call, target()).body)).toContain(
    '"input":{"id":12345678901234567890}',
  )
})

it('merges neighbours, drops what is blank, and wants the user first', () => {
  const { body, warnings } = writeConverse(
    openaiCall({
      messages: [
        { role: 'user', content: ' ' },
        { role: 'user', content: 'a' },
        {
          role: 'user',
          content: [
            { type: 'text', text: 'b' },
            { type: 'text', text: '' },
          ],
        },
        { role: 'assistant', content: '' },
        { role: 'user', content: 'c' },
      ],
    }),
  )
  expect(body).toEqual({
    messages: [{ role: 'user', content: [{ text: 'a' }, { text: 'b' }, { text: 'c' }] }],
  })
  expect(warnings).toHaveLength(2)
  expect(refusedByConverse(openaiCall({ messages: [{ role: 'system', content: 'a' }] })).code).toBe(
    'unsupported_parameter',
  )
  expect(refusedByConverse(openaiCall({ messages: [{ role: 'user', content: '' }] })).code).toBe(
    'unsupported_parameter',
  )
})

it('refuses media that it cannot hand over, and says what to send', () => {
  const image = (url: string) =>
    openaiCall({ messages: [{ role: 'user', content: [{ type: 'image_url', image_url: { url } }] }] })
  expect(refusedByConverse(image('https://example.com/a.png')).message).toContain('data: URL')
  expect(refusedByConverse(image('data:image/tiff;base64,aGk=')).message).toContain('PNG')
  const file = { type: 'file', file: { filename: 'a.zip', file_data: 'data:application/zip;base64,aGk=' } }
  expect(refusedByConverse(openaiCall({ messages: [{ role: 'user', content: [file] }] })).message).toContain(
    'pdf',
  )
})

it('gives documents names that Bedrock takes, and no name twice', () => {
  const file = (filename: string) => ({
    type: 'file',
    file: { filename, file_data: 'data:application/pdf;base64,aGk=' },
  })
  const content = [
    { type: 'text', text: 'x' },
    file('my_ report  (1).pdf'),
    file('my_ report  (1).pdf'),
    file('…'),
    file(''),
    file('a'.repeat(400)),
  ]
  const { body } = writeConverse(openaiCall({ messages: [{ role: 'user', content }] }))
  const blocks = (body['messages'] as { content: { document?: { name: string } }[] }[])[0]?.content ?? []
  const names = blocks.flatMap((block) => block.document?.name ?? [])
  expect(names.slice(0, 4)).toEqual(['my- report (1)-pdf', 'my- report (1)-pdf (2)', '-', 'document'])
  expect(names.every((name) => /^[A-Za-z0-9 ()[\]-]{1,200}$/.test(name) && !name.includes('  '))).toBe(true)
})

it('refuses unfinished arguments with the call named', () => {
  const call = (args: string) =>
    openaiCall({
      messages: [
        user,
        {
          role: 'assistant',
          tool_calls: [{ id: 'call_9', type: 'function', function: { name: 'f', arguments: args } }],
        },
      ],
    })
  for (const args of ['{"a":', '[1]', '7', 'null']) {
    expect(refusedByConverse(call(args)).code).toBe('invalid_request')
    expect(refusedByConverse(call(args)).message).toContain('call_9')
  }
})

it('keeps tool ids apart and the same wherever they stand', () => {
  const ids = ['call_ok', 'ä', 'ö', 'x'.repeat(65), 'a b', 'a_b']
  const call = openaiCall({
    messages: [
      user,
      {
        role: 'assistant',
        tool_calls: ids.map((id) => ({ id, type: 'function', function: { name: 'f', arguments: '{}' } })),
      },
      ...ids.map((id) => ({ role: 'tool', tool_call_id: id, content: id })),
    ],
  })
  const messages = writeConverse(call).body['messages'] as {
    content: { toolUse?: { toolUseId: string }; toolResult?: { toolUseId: string } }[]
  }[]
  const used = messages[1]?.content.map((block) => block.toolUse?.toolUseId)
  expect(used).toEqual(messages[2]?.content.map((block) => block.toolResult?.toolUseId))
  expect(new Set(used).size).toBe(ids.length)
  expect(used?.every((id) => /^[a-zA-Z0-9_.:-]{1,64}$/.test(id ?? ''))).toBe(true)
  expect(writeConverse(call).body).toEqual(writeConverse(call).body)
})

it('leaves unsigned reasoning of earlier turns out, which models refuse', () => {
  const call = openaiCall({
    messages: [user, { role: 'assistant', content: 'x', reasoning_content: 'hm' }, user],
  })
  const { body, warnings } = writeConverse(call)
  expect(body['messages']).toMatchObject([{}, { content: [{ text: 'x' }] }, {}])
  expect(warnings).toHaveLength(1)
})

const called = (id: string) => ({
  role: 'assistant',
  tool_calls: [{ id, type: 'function', function: { name: 'f', arguments: '{}' } }],
})

it('sends results that are no objects, and empty ones, as text', () => {
  const results = [['a', 'b'], 7, null, { y: 1 }, 12345678901234567890n]
  const contents = results.map((_, at) => ({
    functionResponse: { name: `f${at}`, response: { output: 'R' } },
  }))
  const text = JSON.stringify({
    contents: [
      { role: 'user', parts: [{ text: 'hi' }] },
      { role: 'model', parts: contents.map((_, at) => ({ functionCall: { name: `f${at}`, args: {} } })) },
      { role: 'user', parts: contents },
    ],
  })
  let at = 0
  const filled = text.replaceAll('"R"', () => {
    const result = results[at++]
    return typeof result === 'bigint' ? String(result) : JSON.stringify(result)
  })
  const written = decode(bedrockConverse.writeRequest(geminiCall(filled), target()).body)
  for (const content of [
    '[{"text":"[\\"a\\",\\"b\\"]"}]',
    '[{"text":"7"}]',
    '[{"text":"null"}]',
    '[{"json":{"y":1}}]',
    '[{"text":"12345678901234567890"}]',
  ]) {
    expect(written).toContain(`"content":${content}`)
  }
  const use = { type: 'tool_use', id: 'toolu_1', name: 'f', input: {} }
  const empty = { type: 'tool_result', tool_use_id: 'toolu_1' }
  for (const content of [undefined, [], '', [{ type: 'text', text: ' ' }]]) {
    const messages = [
      user,
      { role: 'assistant', content: [use] },
      { role: 'user', content: [{ ...empty, content }] },
    ]
    expect(writeConverse(anthropicCall({ messages })).body['messages']).toMatchObject([
      {},
      {},
      { content: [{ toolResult: { content: [{ text: '(empty)' }] } }] },
    ])
  }
})

it('puts texts before calls, and results before what else the user says', () => {
  const { body } = writeConverse(
    openaiCall({
      messages: [
        user,
        called('a'),
        { role: 'assistant', content: 'I look.' },
        called('b'),
        { role: 'tool', tool_call_id: 'a', content: 'one' },
        { role: 'user', content: 'and?' },
        { role: 'tool', tool_call_id: 'b', content: 'two' },
      ],
    }),
  )
  expect(body['messages']).toMatchObject([
    { content: [{ text: 'hi' }] },
    { content: [{ text: 'I look.' }, { toolUse: { toolUseId: 'a' } }, { toolUse: { toolUseId: 'b' } }] },
    {
      content: [{ toolResult: { toolUseId: 'a' } }, { toolResult: { toolUseId: 'b' } }, { text: 'and?' }],
    },
  ])
})

it('gives a call whose id stood before one of its own, and its results too', () => {
  const turn = [called('call_0'), { role: 'tool', tool_call_id: 'call_0', content: 'x' }]
  const { body } = writeConverse(openaiCall({ messages: [user, ...turn, ...turn] }))
  const messages = body['messages'] as {
    content: { toolUse?: { toolUseId: string }; toolResult?: { toolUseId: string } }[]
  }[]
  const ids = messages.flatMap(({ content }) =>
    content.flatMap(({ toolUse, toolResult }) => toolUse?.toolUseId ?? toolResult?.toolUseId ?? []),
  )
  expect(ids).toEqual(['call_0', 'call_0', ids[2], ids[2]])
  expect(ids[2]).toMatch(/^call_[0-9a-f]{16}$/)
})

it('trims the answer that the caller began, for Claude', () => {
  const begun = openaiCall({ messages: [user, { role: 'assistant', content: 'I think \n' }] })
  expect(writeConverse(begun, claude(4.5)).body['messages']).toMatchObject([
    {},
    { content: [{ text: 'I think' }] },
  ])
  expect(writeConverse(begun).body['messages']).toMatchObject([{}, { content: [{ text: 'I think \n' }] }])
})

it('asks for the rest of an answer that the caller began where Claude goes on with none', () => {
  const begun = openaiCall({ messages: [user, { role: 'assistant', content: 'I think \n' }] })
  const { body, warnings } = writeConverse(begun, claude(4.6))
  expect(body['messages']).toMatchObject([
    {},
    { content: [{ text: 'I think \n' }] },
    { role: 'user', content: [{ text: expect.stringContaining('Continue') as string }] },
  ])
  expect(warnings).toEqual([expect.stringMatching(/^messages: .*begun for it/)])
})

it('keeps the last four cache points of all', () => {
  const cache_control = { type: 'ephemeral' }
  const text = { type: 'text', text: 'x', cache_control }
  const { body, warnings } = writeConverse(
    anthropicCall({
      tools: [{ name: 'f', input_schema: { type: 'object' }, cache_control }],
      system: [text],
      messages: [{ role: 'user', content: [text, text, text] }],
    }),
    claude(4.5),
  )
  expect(body).toMatchObject({
    toolConfig: { tools: [{ toolSpec: { name: 'f' } }] },
    system: [{ text: 'x' }, { cachePoint: {} }],
    messages: [
      {
        content: Array(3)
          .fill([{ text: 'x' }, { cachePoint: {} }])
          .flat(),
      },
    ],
  })
  expect(warnings).toEqual(['cache: this API takes 4 cache marks; the first ones were left out'])
})

it('puts a text beside a document that has none in its whole turn', () => {
  const file = { type: 'file', file: { filename: 'a.pdf', file_data: 'data:application/pdf;base64,aGk=' } }
  const lone = { role: 'user', content: [file] }
  const { body, warnings } = writeConverse(openaiCall({ messages: [lone] }))
  expect(body['messages']).toEqual([
    {
      role: 'user',
      content: [{ text: '.' }, { document: { format: 'pdf', name: 'a-pdf', source: { bytes: 'aGk=' } } }],
    },
  ])
  expect(warnings).toHaveLength(1)
  const beside = writeConverse(openaiCall({ messages: [lone, user] }))
  expect(beside.body['messages']).toMatchObject([{ content: [{ document: {} }, { text: 'hi' }] }])
  expect(beside.warnings).toEqual([])
})

it('puts the system text before what the user says first where a model takes none', () => {
  const call = openaiCall({
    messages: [
      { role: 'system', content: 'Be brief.' },
      { role: 'user', content: 'a' },
    ],
  })
  for (const to of [
    target({ format: 'titan', generation: 1 }),
    target({ format: 'mistral', generation: 0.2 }),
  ]) {
    const { body, warnings } = writeConverse(call, to)
    expect(body).toEqual({ messages: [{ role: 'user', content: [{ text: 'Be brief.' }, { text: 'a' }] }] })
    expect(warnings).toEqual([expect.stringMatching(/^system: this model takes no system text/)])
  }
  const { body, warnings } = writeConverse(call, target({ format: 'mistral', generation: 24.02 }))
  expect([body['system'], warnings]).toEqual([[{ text: 'Be brief.' }], []])
})
