import { expect, test } from 'vitest'
import { PlainHeadReader } from './read-head.ts'

const reader = new PlainHeadReader()
const read = (text: string) => reader.read(Buffer.from(text, 'latin1'))
const plain =
  'POST /v1/chat/completions?a=b HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nX-Own:  spaced \r\n\r\n{}'

test('a plain head is read as Node reads it', () => {
  const head = read(plain)
  expect(head).toMatchObject({
    path: '/v1/chat/completions',
    query: 'a=b',
    bytes: plain.length - 2,
    bodyBytes: 2,
    keepAlive: true,
  })
  expect(head?.headers.raw).toEqual(['Host', 'x', 'Content-Length', '2', 'X-Own', 'spaced'])
  expect(['host', 'content-length', 'x-own', 'x'].map((name) => head?.headers.get(name))).toEqual([
    ...['x', '2', 'spaced'],
    undefined,
  ])
  expect(read(plain.replace('X-Own:', 'Connection: Close\r\nX-Own:'))?.keepAlive).toBe(false)
})

test('a target is that of its own head, whatever was asked for before', () => {
  const targets = ['/v1/a', '/v1/a?x', '/v1/a?', '/v1/b?x?y', '/v1/ab', `/${'long'.repeat(100)}?q`, '/']
  for (const target of [...targets, ...targets.toReversed(), ...targets.flatMap((one) => [one, one])]) {
    const [path, ...rest] = target.split('?')
    const head = read(plain.replace('/v1/chat/completions?a=b', target))
    expect([head?.path, head?.query]).toEqual([path, rest.join('?')])
  }
})

const odd: readonly (readonly [string, string, string])[] = [
  ['another method', 'POST', 'GET'],
  ['another version', 'HTTP/1.1', 'HTTP/1.0'],
  ['a version of its own', 'HTTP/1.1', 'HTTP/1.1 HTTP/1.1'],
  ['a whole URL', '/v1/', 'http://x/v1/'],
  ['a space in the target', '/v1/', '/v 1/'],
  ['a target beyond ASCII', '/v1/', '/vé/'],
  ['two lengths', 'X-Own:', 'content-length: 2\r\nX-Own:'],
  ['no length', 'Content-Length: 2\r\n', ''],
  ['a signed length', ': 2\r', ': +2\r'],
  ['a length in hex', ': 2\r', ': 0x2\r'],
  ['a list of lengths', ': 2\r', ': 2, 2\r'],
  ['a length of ten digits', ': 2\r', ': 1000000000\r'],
  ['chunks', 'X-Own:', 'Transfer-Encoding: chunked\r\nX-Own:'],
  ['chunks by another spelling', 'X-Own:', 'tRANSFER-eNCODING: x\r\nX-Own:'],
  ['who waits to go on', 'X-Own:', 'Expect: 100-continue\r\nX-Own:'],
  ['another protocol', 'X-Own:', 'Upgrade: h2c\r\nX-Own:'],
  ['a connection that names headers', 'X-Own:', 'Connection: keep-alive, x-own\r\nX-Own:'],
  ['no host', 'Host: x\r\n', ''],
  ['two hosts', 'X-Own:', 'host: y\r\nX-Own:'],
  ['a header twice', 'X-Own:', 'x-own: y\r\nX-Own:'],
  ['a space before the colon', 'X-Own:', 'X-Own :'],
  ['a folded line', 'X-Own:', ' folded\r\nX-Own:'],
  ['a line without a colon', 'X-Own:', 'folded\r\nX-Own:'],
  ['a bare line feed', 'spaced', 'a\nb: c'],
  ['a bare carriage return', 'spaced', 'a\rb: c'],
  ['a zero byte', 'spaced', 'a\0b'],
  ['a tab', 'spaced', 'a\tb'],
  ['letters beyond ASCII', 'spaced', 'Zoë'],
  ['many headers', 'X-Own:', `${Array.from({ length: 63 }, (_, at) => `x-${at}: y`).join('\r\n')}\r\nX-Own:`],
  ['a head that goes on', '\r\n\r\n{}', '\r\n'],
  ['a head that is large', 'spaced', 'a'.repeat(16_384)],
]

test.each(odd)('%s is for Node', (_, part, instead) => {
  expect(plain).toContain(part)
  expect(read(plain.replace(part, instead))).toBeNull()
})
