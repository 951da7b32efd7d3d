import { providerId } from '@pointsman/contract'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { eventFrame } from './testing/event-stream.ts'
import { Rig } from './testing/rig.ts'
import { failing, streamed, type Answer } from './testing/scripted-upstream.ts'

/* A vendor may quote our credential wherever it speaks: nobody is told of it, whole or begun. */

const secret = 'sk-ours-0123456789abcdef'
let rig: Rig
beforeEach(async () => {
  rig = new Rig()
  await rig.upstream.start()
  rig.credential = () => Promise.resolve({ kind: 'bearer', token: secret })
})
afterEach(() => rig.close())

const told = async (answer: Answer, wish: object = {}): Promise<string> => {
  rig.upstream.on('first', answer)
  const { client, record } = await rig.run({ models: ['first'], ...wish })
  return client.text + JSON.stringify([client, record])
}

test.each([
  ['its message', failing(400, 'ValidationException', `wrong key ${secret}!`)],
  ['its name', failing(400, secret, 'wrong')],
  [
    'a message that is cut in its midst',
    failing(400, 'ValidationException', `${'x'.repeat(2_000 - secret.length + 4)}${secret}`),
  ],
  ['the id of its call', failing(400, 'ValidationException', 'no', { 'x-amzn-requestid': `id-${secret}` })],
])('in %s', async (_, answer) => {
  expect(await told(answer)).not.toContain(secret.slice(0, 8))
})

test("anywhere in the last frame of a stream, which would pass as it came; the caller's own words pass", async () => {
  const piece = { choices: [{ index: 0, delta: { content: 'Well' } }] }
  const quoting =
    (message: string, more: object): Answer =>
    (answer) => {
      answer.writeHead(200, { 'content-type': 'text/event-stream' })
      const error = { message, type: 'server_error', code: 'server_error', of: 'theirs', ...more }
      answer.end(`data: ${JSON.stringify(piece)}\n\ndata: ${JSON.stringify({ error })}\n\n`)
    }
  const openai = { model: { provider: providerId('openai'), format: 'openai' }, stream: true }
  const asked = async (message: string, more: object = {}): Promise<string> => {
    rig.upstream.on('completions', quoting(message, more))
    return (await rig.run({ models: ['first'], ...openai })).client.text
  }
  const quoted = await asked(`no capacity for ${secret} today`)
  expect(quoted).toContain('no capacity for … today')
  expect(quoted).not.toContain(secret)
  for (const more of [{ param: secret }, { metadata: { raw: `key ${secret}` } }, { type: secret }]) {
    const told = await asked('no capacity', more)
    expect(told).toContain('broke off: no capacity')
    expect(told).not.toContain(secret)
  }
  expect(await asked(`${'x'.repeat(2_000)} ${secret}`)).not.toContain(secret)
  expect(await asked('no capacity for Ada today')).toContain('"of":"theirs"')
})

test('in a chunk of InvokeModel, which holds its event in base64', async () => {
  const chunk = (event: object): Uint8Array =>
    eventFrame('chunk', { bytes: Buffer.from(JSON.stringify(event)).toString('base64') })
  const chunksOf = (text: string): string =>
    [...text.matchAll(/"bytes":"([^"]*)"/g)]
      .map(([, bytes]) => Buffer.from(bytes ?? '', 'base64').toString())
      .join('\n')
  const begun = [
    { type: 'message_start', message: { id: 'm', content: [], usage: { input_tokens: 1 } } },
    { type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } },
    { type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: 'Well' } },
  ]
  const asked = async (of: string): Promise<string> => {
    const error = { type: 'api_error', message: 'no capacity' }
    rig.upstream.on('first', streamed([...begun, { type: 'error', error, of }].map(chunk)))
    const wish = { face: 'invoke', models: ['first'], model: { format: 'claude' }, stream: true } as const
    const { client } = await rig.run(wish)
    expect(client.text + chunksOf(client.text)).toContain('no capacity')
    return client.text + chunksOf(client.text)
  }
  expect(await asked('theirs')).toContain('"of":"theirs"')
  expect(await asked(`key ${secret}`)).not.toContain(secret.slice(0, 8))
})

test('the token of a session, which a vendor quotes of what was signed', async () => {
  rig.credential = () =>
    Promise.resolve({ kind: 'aws', accessKeyId: 'AKIA', secretAccessKey: 'x', sessionToken: secret })
  const quoting = failing(
    400,
    'ValidationException',
    `The canonical string is x-amz-security-token:${secret}`,
  )
  expect(await told(quoting)).not.toContain(secret)
})
