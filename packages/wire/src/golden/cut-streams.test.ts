import { readdirSync, readFileSync } from 'node:fs'
import { join as joinPath } from 'node:path'

import { PointsmanError } from '@pointsman/contract'
import type { AnswerPart, DialectName } from '@pointsman/contract'
import { describe, expect, it } from 'vitest'

import type { Dialect, StreamFrame, StreamReaderOptions } from '../dialect.ts'
import { join } from '../testing/cut.ts'
import { about, allDialects, decode, dialectNamed } from '../testing/dialects-for-tests.ts'
import { encodeEvent } from '../testing/events.ts'
import type { Event } from '../testing/events.ts'
import { gathered, partsOf, readAll } from '../testing/read-all.ts'

/*
 * Every stream of `given/`, read whole, byte by byte, cut in two, and ended too early: as it passes and as it is
 * translated.
 */
type Mode = StreamReaderOptions['mode']

const given = joinPath(import.meta.dirname, 'given')
const streams = readdirSync(given).flatMap((folder) =>
  readdirSync(joinPath(given, folder))
    .filter((name) => name.startsWith('stream-'))
    .map((name) => [folder as DialectName, name] as const),
)
const cases = streams.flatMap(([name, file]) =>
  (['relay', 'translate'] as const).map((mode) => [name, file, mode] as const),
)

function eventsOf(folder: DialectName, file: string): readonly Uint8Array[] {
  const events = JSON.parse(readFileSync(joinPath(given, folder, file), 'utf8')) as readonly Event[]
  return events.map(encodeEvent)
}

const faces = [...new Set(streams.map(([name]) => name))].map(dialectNamed)

const openReader = (dialect: Dialect, mode: Mode) => dialect.streamReader({ mode, hideUsage: false })

/** Frames and the error at the source's end, if it has one. */
function readCut(dialect: Dialect, mode: Mode, bytes: Uint8Array) {
  const reader = openReader(dialect, mode)
  const frames: StreamFrame[] = [...reader.push(bytes)]
  try {
    return { frames: [...frames, ...reader.end()], error: null }
  } catch (thrown) {
    if (!(thrown instanceof PointsmanError)) throw thrown
    return { frames, error: thrown.code }
  }
}

const isOver = (parts: readonly AnswerPart[]): boolean =>
  parts.some((part) => part.type === 'finish' || part.type === 'error')

/** What a reader of the answer sees of it. */
const contentOf = (parts: readonly AnswerPart[]): readonly AnswerPart[] =>
  gathered(parts.filter(({ type }) => type.endsWith('-delta') || type.startsWith('redacted')))

/** What two readings of one stream share: bytes that go out, and what they say. */
const told = (frames: readonly StreamFrame[]) => ({
  bytes: Buffer.from(join(frames.map((frame) => frame.bytes))).toString('latin1'),
  parts: gathered(partsOf(frames)),
})

it('has streams of every dialect that a vendor streams in', () => {
  const vendorless = ['native-chat', 'openai-embeddings', 'bedrock-invoke-titan', 'bedrock-invoke-cohere']
  const named = new Set([...faces.map(({ name }) => name), ...vendorless])
  expect([...allDialects.keys()].filter((name) => !named.has(name))).toEqual([])
})

describe.each(cases)('%s %s, %s', (name, file, mode) => {
  const dialect = dialectNamed(name)
  const events = eventsOf(name, file)
  const bytes = join(events)
  const whole = readAll(openReader(dialect, mode), [bytes])
  const borders = new Set(events.map((_, count) => join(events.slice(0, count)).length))

  it('is the same whole, byte by byte, and cut in two', () => {
    const expected = told(whole)
    if (mode === 'relay') expect(expected.bytes).toBe(Buffer.from(bytes).toString('latin1'))
    const single = Array.from(bytes, (_, at) => bytes.subarray(at, at + 1))
    expect(told(readAll(openReader(dialect, mode), single))).toEqual(expected)
    for (const at of placesToCut(events)) {
      const pieces = [bytes.subarray(0, at), bytes.subarray(at)]
      const read = told(readAll(openReader(dialect, mode), pieces))
      // `expect` is slow where thousands are equal.
      if (JSON.stringify(read) !== JSON.stringify(expected)) expect(read).toEqual(expected)
    }
  })

  it('never looks complete where it was cut', () => {
    const content = contentOf(partsOf(whole))
    const reader = openReader(dialect, mode)
    const frames: StreamFrame[] = []
    for (const byte of bytes) {
      const more = reader.push(Uint8Array.of(byte))
      if (more.length === 0) continue
      if (!isBinary(dialect)) for (const frame of more) decode(frame.bytes)
      frames.push(...more)
      // Where the vendor has said its last word nothing of the answer may be missing.
      const parts = partsOf(frames)
      if (isOver(parts) && mode === 'translate') expect(contentOf(parts)).toEqual(content)
    }
    expect(isOver(partsOf(frames))).toBe(true)
    for (const at of placesToCut(events)) {
      const cut = readCut(dialect, mode, bytes.subarray(0, at))
      const isTidy = cut.error === null
      // Inside a frame the end is an error; between two, that no end was told is all that says so.
      if (!isOver(partsOf(cut.frames)) && !isTidy) expect(cut.error).toBe('upstream_broken')
      if (!isOver(partsOf(cut.frames)) && isTidy) expect(borders.has(at)).toBe(true)
    }
  })
})

const isBinary = (dialect: Dialect): boolean => dialect.streamContentType.includes('amazon.eventstream')

/** Places around the border of every frame, in every character of several bytes, and a few in between. */
function placesToCut(events: readonly Uint8Array[]): readonly number[] {
  const bytes = join(events)
  let end = 0
  const borders = events.flatMap((event) => {
    end += event.length
    return Array.from({ length: 9 }, (_, step) => end - 4 + step)
  })
  const inCharacters = Array.from(bytes.keys()).filter((at) => ((bytes[at] ?? 0) & 0xc0) === 0x80)
  const between = Array.from({ length: 40 }, (_, step) => Math.round((step * bytes.length) / 40))
  const all = [...borders, ...inCharacters.slice(0, 20), ...between]
  return [...new Set(all)].filter((at) => at > 0 && at < bytes.length)
}

describe.each(streams)('%s %s', (name, file) => {
  it('ends in no face as if it were whole where it was cut between two frames', () => {
    const dialect = dialectNamed(name)
    const events = eventsOf(name, file)
    for (const face of faces) {
      for (let count = 0; count <= events.length; count += 1) {
        const parts = partsOf(openReader(dialect, 'translate').push(join(events.slice(0, count))))
        const before = parts.filter((part) => part.type !== 'error')
        if (before.some((part) => part.type === 'finish')) continue
        const writer = face.streamWriter(about)
        const sent = before.map((part) => writer.write(part)).filter((one) => one !== null)
        const again = openReader(face, 'translate').push(join(sent))
        expect(partsOf(again).filter((part) => part.type === 'finish')).toEqual([])
      }
    }
  })
})
