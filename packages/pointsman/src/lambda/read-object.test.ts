import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import { afterEach, beforeEach, expect, onTestFinished, test, vi } from 'vitest'
import { objectReader, type ReadObject } from './read-object.ts'

/* Signatures are judged by moto, in tests/packages/lambda.test.ts. */

let server: Server
let baseUrl: string
let answer: { readonly status: number; readonly body: string | Uint8Array }
const asked: (string | undefined)[] = []
beforeEach(async () => {
  asked.length = 0
  server = createServer((request, response) => {
    asked.push(request.url, request.headers['if-none-match'])
    response.writeHead(answer.status, { etag: '"2"' }).end(answer.body)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  baseUrl = `http://127.0.0.1:${address.port}/`
})
afterEach(() => server.close())

const read: ReadObject = objectReader('eu-central-1', () =>
  Promise.resolve({ accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'secret' }),
)
const place = (object: string) => ({ bucket: 'snapshots', object, baseUrl })

test('a path goes out as S3 writes it for signatures: every mark but - _ . ~ encoded', async () => {
  answer = { status: 200, body: '{}' }
  expect(await read(place("of the clinic/ä+b~_-.!*'(1).json"), '"1"')).toEqual({
    ...{ bytes: Buffer.from('{}'), etag: '"2"' },
  })
  expect(asked).toEqual(['/snapshots/of%20the%20clinic/%C3%A4%2Bb~_-.%21%2A%27%281%29.json', '"1"'])
})

test('what has not changed is not read', async () => {
  answer = { status: 304, body: '' }
  expect(await read(place('a.json'), '"2"')).toBeNull()
})

test('a refusal is told in S3’s word, with the step that mends it', async () => {
  answer = { status: 403, body: '<Error><Code>ExpiredToken</Code><Message>…</Message></Error>' }
  await expect(read(place('a.json'), null)).rejects.toThrow(
    's3://snapshots/a.json could not be read: S3 answered 403 ExpiredToken. Allow s3:GetObject',
  )
  answer = { status: 404, body: '' }
  await expect(read(place('a.json'), null)).rejects.toThrow(/404\. Save a snapshot there/)
  answer = { status: 503, body: 'busy' }
  await expect(read(place('a.json'), null)).rejects.toThrow(/S3 answered 503\.$/)
})

test('an object that is longer than any snapshot, or a refusal without an end, is not taken to its end', async () => {
  // A slow machine takes its time for so much.
  const timeout = vi.spyOn(AbortSignal, 'timeout').mockReturnValue(new AbortController().signal)
  onTestFinished(() => timeout.mockRestore())
  answer = { status: 200, body: new Uint8Array(256 * 1_048_576 + 1) }
  await expect(read(place('a.json'), null)).rejects.toThrow(
    /s3:\/\/snapshots\/a\.json could not be read: 127\.0\.0\.1:\d+ answered more than 268435456 bytes/,
  )
  answer = { status: 403, body: `${' '.repeat(70_000)}<Code>AccessDenied</Code>` }
  await expect(read(place('a.json'), null)).rejects.toThrow(/S3 answered 403\. Allow/)
})
