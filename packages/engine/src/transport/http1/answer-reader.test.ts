import { createServer, type AddressInfo } from 'node:net'
import fc from 'fast-check'
import { Pool } from 'undici'
import { expect, test } from 'vitest'
import { AnswerReader } from './answer-reader.ts'

interface Read {
  readonly status: number | null
  readonly headers: { readonly [name: string]: string | undefined }
  readonly body: string
  readonly ended: boolean
  readonly problem: string | null
  readonly keepAlive: boolean
}

const shared = Buffer.alloc(65_536, '0')

/** As a connection reads it, cut at these places; `closes` = the other side hangs up behind it. */
function readAll(answer: string, cuts: readonly number[], closes = false): Read {
  const bytes = Buffer.from(answer, 'latin1')
  const reader = new AnswerReader()
  reader.begin()
  let read: Read = { status: null, headers: {}, body: '', ended: false, problem: null, keepAlive: false }
  const places = [0, ...cuts.filter((cut) => cut < bytes.length).toSorted((a, b) => a - b), bytes.length]
  for (let index = 1; index < places.length && !read.ended && read.problem === null; index++) {
    // Handed over in the same bytes each time, as the socket's are: nothing may be kept of them, and nothing behind them counts.
    const size = bytes.copy(shared, 0, places[index - 1], places[index])
    const taken = reader.take(shared, size)
    shared.fill('0')
    read = {
      ...read,
      status: taken.head?.status ?? read.status,
      headers: taken.head?.headers ?? read.headers,
      body: read.body + Buffer.from(taken.body ?? []).toString('latin1'),
      ended: taken.ended,
      problem: taken.problem,
    }
  }
  if (closes && !read.ended && read.problem === null) {
    const { ended, problem } = reader.finish()
    read = { ...read, ended, problem }
  }
  return { ...read, keepAlive: reader.keepAlive }
}

const ok = 'HTTP/1.1 200 OK\r\n'
const answers = {
  'of a known length': `${ok}Content-Type: a/b\r\ncontent-length: 5\r\n\r\nhello`,
  'in chunks': `${ok}transfer-encoding: chunked\r\n\r\n3\r\nhel\r\n2;name="v"\r\nlo\r\n0\r\nx-after: 1\r\n\r\n`,
  'in one chunk of many digits': `${ok}Transfer-Encoding: Chunked\r\n\r\n00005\r\nhello\r\n000\r\n\r\n`,
  'until it closes': `${ok}\r\nhello`,
  'after early hints': `HTTP/1.1 102 Processing\r\n\r\nHTTP/1.1 103 Early Hints\r\nlink: x\r\n\r\n${ok}content-length: 5\r\n\r\nhello`,
  'without reason': 'HTTP/1.1 200\r\ncontent-length:5\r\n\r\nhello',
}

test.each(Object.entries(answers))('%s: read alike wherever it is cut', (_, answer) => {
  const closes = answer === answers['until it closes']
  const whole = readAll(answer, [], closes)
  expect(whole).toMatchObject({ status: 200, body: 'hello', ended: true, problem: null, keepAlive: !closes })
  for (let cut = 1; cut < answer.length; cut++) expect(readAll(answer, [cut], closes)).toEqual(whole)
  expect(
    readAll(
      answer,
      Array.from(answer, (_character, at) => at),
      closes,
    ),
  ).toEqual(whole)
})

test.each(Object.values(answers))('an answer that is cut off never ends: %j', (answer) => {
  const isOpen = answer === answers['until it closes']
  const bodyAt = answer.lastIndexOf('200')
  for (let length = 0; length < answer.length; length++) {
    const { ended, problem } = readAll(answer.slice(0, length), [], true)
    // Nobody but its end tells how long it is; then what came is what there is.
    if (isOpen && length >= answer.indexOf('\r\n\r\n', bodyAt) + 4) expect(ended).toBe(true)
    else expect({ ended, problem }).toEqual({ ended: false, problem: 'the other side closed it' })
  }
})

const hostile = [
  `${ok}content-length: 5\r\ncontent-length: 6\r\n\r\nhello`,
  `${ok}content-length: 5\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n`,
  `${ok}content-length: +5\r\n\r\nhello`,
  `${ok}content-length: 5, 5\r\n\r\nhello`,
  `${ok}content-length: 0x5\r\n\r\nhello`,
  `${ok}content-length: \r\n\r\n`,
  `${ok}content-length: 99999999999999999999\r\n\r\nhello`,
  `${ok}transfer-encoding: gzip, chunked\r\n\r\n0\r\n\r\n`,
  `${ok}transfer-encoding: identity\r\n\r\nhello`,
  `${ok}transfer-encoding: chunked\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n`,
  `${ok}content-length : 5\r\n\r\nhello`,
  `${ok}x: a\r\n b\r\ncontent-length: 5\r\n\r\nhello`,
  `${ok}x: a\nb: c\r\ncontent-length: 5\r\n\r\nhello`,
  `${ok}x: a\rb\r\ncontent-length: 5\r\n\r\nhello`,
  `${ok}x: a\0b\r\ncontent-length: 5\r\n\r\nhello`,
  `${ok}no colon\r\n\r\n`,
  `${ok}: nameless\r\n\r\n`,
  'HTTP/1.1  200 OK\r\n\r\n',
  'HTTP/2.0 200 OK\r\n\r\n',
  'HTTP/1.1 20 OK\r\n\r\n',
  'HTTP/1.1 2000 OK\r\n\r\n',
  'HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\n\r\n',
  'HTTP/1.1 204 X\r\ncontent-length: +5\r\n\r\n',
  'HTTP/1.0 200 OK\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n',
  ' HTTP/1.1 200 OK\r\n\r\n',
  ...[
    '5 \r\nhello',
    '+5\r\nhello',
    '0x5\r\nhello',
    '5\nhello',
    '\r\nhello',
    '5\r\nhelloX\r\n',
    'fffffffff\r\n',
  ].map((chunks) => `${ok}transfer-encoding: chunked\r\n\r\n${chunks}\r\n0\r\n\r\n`),
  `${ok}transfer-encoding: chunked\r\n\r\n0\r\nx: a\0b\r\n\r\n`,
  `${ok}transfer-encoding: chunked\r\n\r\n0\r\n\rX`,
]

test.each(hostile)('what two parsers could read in two ways is no answer: %j', (answer) => {
  const { ended, problem } = readAll(answer, [], true)
  expect(ended).toBe(false)
  expect(problem).not.toBeNull()
  for (let cut = 1; cut < answer.length; cut++) expect(readAll(answer, [cut], true).ended).toBe(false)
})

test('a head and what stands beside chunks are bounded', () => {
  expect(readAll(`${ok}x: ${'a'.repeat(20_000)}`, []).problem).toMatch(/longer/)
  expect(readAll(`${ok}x: ${'a'.repeat(20_000)}`, [15_000, 17_000]).problem).toMatch(/longer/)
  const chunked = `${ok}transfer-encoding: chunked\r\n\r\n`
  expect(readAll(`${chunked}5;${'a'.repeat(20_000)}`, []).problem).toMatch(/malformed/)
  expect(readAll(`${chunked}0\r\n${'a: b\r\n'.repeat(5_000)}`, []).problem).toMatch(/malformed/)
})

test('what is told ahead of an answer is bounded with its head, whole or in pieces', () => {
  const ahead = (bytes: number): string => 'HTTP/1.1 100\r\n\r\n'.repeat(bytes / 16)
  const after = `${ok}content-length: 0\r\n\r\n`
  expect(readAll(ahead(1_600) + after, [])).toMatchObject({ status: 200, problem: null })
  for (const cuts of [[], [1_000], Array.from({ length: 40_000 }, (_, at) => at)])
    expect(readAll(ahead(40_000) + after, cuts)).toMatchObject({
      status: null,
      problem: 'its head is longer than 16384 bytes',
    })
})

test('an answer tells whether its connection lives on', () => {
  const read = (head: string, rest = ''): boolean =>
    readAll(`${head}content-length: 0\r\n\r\n${rest}`, []).keepAlive
  expect(read(ok)).toBe(true)
  expect(read(`${ok}connection: keep-alive\r\n`)).toBe(true)
  expect(read(`${ok}Connection: x, Close\r\n`)).toBe(false)
  expect(read('HTTP/1.0 200 OK\r\n')).toBe(false)
  // Unasked, behind a whole answer: it would be the next call's.
  expect(read(ok, `${ok}\r\n`)).toBe(false)
})

test.each([204, 304])('an answer of %i has no body, whatever its head says of one', (status) => {
  const head = `HTTP/1.1 ${status} X\r\n`
  const bare = { status, body: '', ended: true, problem: null }
  for (const length of ['', 'content-length: 0\r\n'])
    expect(readAll(`${head}${length}\r\n`, [])).toMatchObject({ ...bare, keepAlive: true })
  // The other side may think that a body belongs to it: what it sends next is not known.
  for (const body of ['content-length: 5', 'transfer-encoding: chunked', 'transfer-encoding: gzip'])
    expect(readAll(`${head}${body}\r\n\r\n`, [])).toMatchObject({
      ...bare,
      keepAlive: false,
    })
})

test('the first of several headers counts, and none reaches an object', () => {
  const { headers } = readAll(`${ok}X-A: 1\r\nx-a: 2\r\n__proto__: x\r\nX-Space:\t b c \r\n\r\n`, [])
  expect(headers).toEqual({ 'x-a': '1', 'x-space': 'b c' })
  expect(Object.getPrototypeOf(headers)).toBe(Object.prototype)
})

test('chunks of any sizes, cut anywhere, are the text that they were made of', () => {
  fc.assert(
    fc.property(
      fc.array(fc.string({ minLength: 1, unit: 'grapheme-ascii' }), { maxLength: 12 }),
      fc.array(fc.nat(800)),
      (pieces, cuts) => {
        const chunks = pieces.map((piece) => `${piece.length.toString(16)}\r\n${piece}\r\n`).join('')
        const read = readAll(`${ok}transfer-encoding: chunked\r\n\r\n${chunks}0\r\n\r\n`, cuts)
        expect(read).toMatchObject({ body: pieces.join(''), ended: true, keepAlive: true })
      },
    ),
  )
})

/** What undici makes of the same bytes, whose parser is Node's own. */
async function judged(answer: string): Promise<{ readonly status: number; readonly body: string } | null> {
  const server = createServer((socket) => {
    socket.on('error', () => socket.destroy())
    socket.once('data', () => socket.end(Buffer.from(answer, 'latin1')))
  }).listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  const pool = new Pool(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)
  try {
    const { body, statusCode } = await pool.request({ path: '/', method: 'GET' })
    return { status: statusCode, body: Buffer.from(await body.arrayBuffer()).toString('latin1') }
  } catch {
    return null
  } finally {
    await pool.destroy()
    server.close()
  }
}

test('what is read here is what undici reads; it may take what is refused here, never the other way', async () => {
  for (const answer of [...Object.values(answers), ...hostile]) {
    const { body, ended, status } = readAll(answer, [], true)
    if (ended) expect(await judged(answer), answer).toEqual({ status, body })
  }
})
