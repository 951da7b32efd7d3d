import type { DialectName } from '@pointsman/contract'
import { afterAll, describe, expect, it } from 'vitest'

import { reportFigure } from '../../../../tests/faults/figures.ts'
import type { Dialect, StreamFrame, StreamReaderOptions } from '../dialect.ts'
import { readServerSentEvent } from '../framing/server-sent-events.ts'
import { join } from '../testing/cut.ts'
import { about, decode, dialectNamed, dialects } from '../testing/dialects-for-tests.ts'
import { encodeEvent, type Event } from '../testing/events.ts'
import { partsOf, readAll, writeAll } from '../testing/read-all.ts'
import { textStreams } from '../testing/text-streams.ts'

/*
 * Text of every kind that a cut could break, cut at every byte. The long form (`POINTSMAN_SOAK=1`) cuts at every pair of
 * near places around the text of each stream, and at a thousand more anywhere in it; this one at some of them.
 */
const isLong = process.env['POINTSMAN_SOAK'] === '1'

const replacement = '\u{fffd}'
const texts = {
  emoji: '🚂🇩🇪👩‍👩‍👧‍👦🙅🏽‍♀️',
  marks: 'Grüße e\u0301 ha\u0308 क्षि ที่ نصّ ﷽ 你好',
  marked: '\u{feff}a\u{feff}b\r\nc\rd\n\n\u2028\u2029\u0085\0\u{10ffff}',
}
const clean = Object.values(texts).join(' ')
/** The vendor's own mark of text that it broke stays. */
const long = `${clean} ${replacement}`
const short = '👩‍👧e\u0301\u{feff}\r\n'

type Cut = 'whole' | 'by character' | 'by half character'
/** Some vendors cut between the halves of a pair of UTF-16: JSON's escapes carry them. */
const cutInto: { readonly [How in Cut]: (text: string) => readonly string[] } = {
  whole: (text) => [text],
  'by character': (text) => Array.from(text),
  'by half character': (text) => text.split(''),
}

interface Course {
  readonly cut: Cut
  readonly lineEnd: '\n' | '\r\n' | '\r'
  /** JSON in ASCII alone, as many servers write it. */
  readonly escaped: boolean
}
const courses: readonly Course[] = [
  { cut: 'whole', lineEnd: '\r\n', escaped: false },
  { cut: 'by character', lineEnd: '\n', escaped: false },
  { cut: 'by character', lineEnd: '\r', escaped: true },
  { cut: 'by half character', lineEnd: '\n', escaped: false },
]

const escape = (text: string): string =>
  text.replace(/[^\0-\x7e]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)

function encoded(event: Event, { escaped, lineEnd }: Course): Uint8Array {
  if (typeof event !== 'string') return encodeEvent(event)
  return encodeEvent((escaped ? escape(event) : event).replaceAll('\n', lineEnd))
}

const streamOf = (name: DialectName, text: string, course: Course): Uint8Array =>
  join((textStreams.get(name)?.(cutInto[course.cut](text)) ?? []).map((event) => encoded(event, course)))

const textOf = (frames: readonly StreamFrame[]): string =>
  partsOf(frames)
    .map((part) => (part.type === 'text-delta' ? part.text : ''))
    .join('')

const read = (dialect: Dialect, mode: StreamReaderOptions['mode'], pieces: readonly Uint8Array[]) =>
  readAll(dialect.streamReader({ mode, hideUsage: false }), pieces)

let runs = 0
afterAll(() =>
  reportFigure('T21', `${runs} ways of cutting the streams of ${names.length} dialects: every text whole`),
)

/** Reads it both ways; answers what is wrong, because `expect` is slow where thousands are equal. */
function problemOf(dialect: Dialect, pieces: readonly Uint8Array[], text: string): string | null {
  const relayed = join(read(dialect, 'relay', pieces).map(({ bytes }) => bytes))
  if (Buffer.compare(relayed, join(pieces)) !== 0) return 'relayed bytes are others'
  runs += 1
  const frames = read(dialect, 'translate', pieces)
  const parts = partsOf(frames)
  if (parts.some(({ type }) => type === 'unrecognised' || type === 'error')) return 'not understood'
  return textOf(frames) === text ? null : `read ${JSON.stringify(textOf(frames))}`
}

/** As near to each other as the bytes of a character with all that is joined to it. */
const nearest = 25

function* everyPair(bytes: Uint8Array, from: number, to: number): Generator<readonly Uint8Array[]> {
  for (let one = from; one < to; one += 1) {
    for (let two = one + 1; two <= Math.min(to, one + nearest); two += 1) {
      yield [bytes.subarray(0, one), bytes.subarray(one, two), bytes.subarray(two)]
    }
  }
}

/** Pairs of places that lie evenly over all pairs of a stream. */
function* spreadPairs(bytes: Uint8Array, count: number): Generator<readonly Uint8Array[]> {
  const { length } = bytes
  const pairs = (length * (length - 1)) / 2
  for (let index = 0; index < count; index += 1) {
    let rest = Math.floor((index * pairs) / count)
    let one = 0
    while (rest >= length - 1 - one) rest -= length - 1 - one++
    const two = one + 1 + rest
    yield [bytes.subarray(0, one), bytes.subarray(one, two), bytes.subarray(two)]
  }
}

const inBytes = (bytes: Uint8Array): readonly Uint8Array[] => Array.from(bytes, (byte) => Uint8Array.of(byte))

/** Where the text begins, and a little of it. */
function around(name: DialectName, bytes: Uint8Array, course: Course): readonly [from: number, to: number] {
  const silent = streamOf(name, '', course)
  const same = bytes.findIndex((byte, place) => byte !== silent[place])
  return [same - 1, Math.min(same + 130, bytes.length)]
}

/** Every place of the first thousand in the long form; what follows is more of the same, and each reading reads it all. */
function stepAt(place: number, { cut }: Course): number {
  if (isLong) return place < 1_000 ? 1 : 31
  return cut === 'whole' ? 2 : 40
}

const names = [...textStreams.keys()]

describe.each(names)('T21: text of %s is never broken', (name) => {
  const dialect = dialectNamed(name)

  it.each(courses)('whatever byte its stream is cut at: $cut, escaped $escaped', (course) => {
    const bytes = streamOf(name, long, course)
    const [from, to] = isLong ? [0, bytes.length] : around(name, bytes, course)
    expect(problemOf(dialect, [bytes], long)).toBeNull()
    expect(problemOf(dialect, inBytes(bytes), long)).toBeNull()
    for (let place = from; place < to; place += stepAt(place - from, course)) {
      const problem = problemOf(dialect, [bytes.subarray(0, place), bytes.subarray(place)], long)
      if (problem !== null) expect({ problem, place }).toBeNull()
    }
  })

  it('whatever two bytes its stream is cut at', () => {
    for (const course of isLong ? courses : courses.slice(0, 1)) {
      const bytes = streamOf(name, short, course)
      const [from, to] = around(name, bytes, course)
      const cuts = [
        everyPair(bytes, from, isLong ? to : Math.min(to, from + 10)),
        spreadPairs(bytes, isLong ? 1_000 : 50),
      ]
      for (const pieces of cuts.flatMap((some) => [...some])) {
        const problem = problemOf(dialect, pieces, short)
        if (problem !== null) expect({ problem, pieces: pieces.map(({ length }) => length) }).toBeNull()
      }
    }
  })

  it('nor in any face', () => {
    for (const course of courses) {
      const parts = partsOf(read(dialect, 'translate', [streamOf(name, clean, course)]))
      for (const face of [...names.map(dialectNamed), dialects.nativeChat]) {
        const written = writeAll(face.streamWriter(about), parts)
        expect(
          face.name === 'native-chat' ? nativeText(written) : textOf(read(face, 'translate', written)),
        ).toBe(clean)
        if (!isBinary(face)) expect(decode(join(written))).not.toContain(replacement)
      }
    }
  })
})

const isBinary = (dialect: Dialect): boolean => dialect.streamContentType.includes('amazon.eventstream')

/** Nobody sends this form to us, so there is no reader of it. */
const nativeText = (events: readonly Uint8Array[]): string =>
  events
    .map((event) => readServerSentEvent(event).data ?? '')
    .map((data) => JSON.parse(data) as { readonly type: string; readonly text: string })
    .map(({ text, type }) => (type === 'delta' ? text : ''))
    .join('')
