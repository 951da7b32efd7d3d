import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join as joinPath } from 'node:path'

import { PointsmanError } from '@pointsman/contract'
import type { DialectName } from '@pointsman/contract'
import { describe, expect, it } from 'vitest'

import type { Dialect, WriteTarget } from '../dialect.ts'
import { encodeFrame, encodeHeaders, EventStreamDecoder } from '../framing/event-stream.ts'
import { join } from '../testing/cut.ts'
import {
  about,
  allDialects,
  claude,
  crc32,
  decode,
  decodeJson,
  dialectNamed,
  encode,
  gpt,
  target,
} from '../testing/dialects-for-tests.ts'
import { partsOf, readAll, writeAll } from '../testing/read-all.ts'

/*
 * What each dialect becomes in another. `given/<dialect>/` holds what clients and vendors of it send, `<from>-to-<to>/` what is
 * made of that: a pair is tested as soon as its folder exists. `GOLDEN=write` writes the files anew; read the difference
 * before it is committed.
 *
 * A file `request-….json` holds a body, `result-….json` an answer, `stream-….json` the events of one: texts, or pairs of
 * name and payload where frames are binary; the payload of InvokeModel's chunks is shown unpacked.
 */
const here = import.meta.dirname
const given = joinPath(here, 'given')
const isWriting = process.env['GOLDEN'] === 'write'

const targets: { readonly [Name in DialectName]?: WriteTarget } = {
  'openai-chat': { ...gpt, model: { ...gpt.model, abilities: { ...gpt.model.abilities, reasoning: false } } },
  'openai-responses': gpt,
  'anthropic-messages': claude(4.5),
  'bedrock-converse': claude(4.5),
  'bedrock-invoke-claude': claude(4.5),
  'bedrock-invoke-nova': target(),
  gemini: target({
    upstreamId: 'gemini-2.5-flash',
    family: 'gemini',
    format: 'gemini',
    generation: 2.5,
    abilities: { jsonSchema: true, reasoning: true },
  }),
}

const checksum = (bytes: Uint8Array, start?: number): number => crc32(bytes, start)
const isBinary = (dialect: Dialect): boolean => dialect.streamContentType.includes('amazon.eventstream')

const base64 = (text: string): string => Buffer.from(text).toString('base64')
const openChunk = ({ bytes }: { readonly bytes: string }): unknown =>
  JSON.parse(Buffer.from(bytes, 'base64').toString())

type Events = readonly (string | readonly [string, unknown])[]

function encodeEvents(events: Events): Uint8Array {
  return join(
    events.map((event) => {
      if (typeof event === 'string') return encode(event)
      const [name, payload] = event
      const kind = name.endsWith('Exception') ? 'exception' : 'event'
      const headers = encodeHeaders([
        [`:${kind}-type`, name],
        [':content-type', 'application/json'],
        [':message-type', kind],
      ])
      const body = name === 'chunk' ? { bytes: base64(JSON.stringify(payload)) } : payload
      return encodeFrame(headers, encode(JSON.stringify(body)), checksum)
    }),
  )
}

function decodeEvents(bytes: Uint8Array, dialect: Dialect): Events {
  if (!isBinary(dialect)) return decode(bytes).split(/(?<=\n\n)/)
  return new EventStreamDecoder(checksum).push(bytes).map(({ headers, payload }) => {
    const name = headers.get(':event-type') ?? headers.get(':exception-type') ?? ''
    const body = decodeJson(payload)
    return [name, name === 'chunk' ? openChunk(body as { readonly bytes: string }) : body]
  })
}

function carryRequest(from: Dialect, to: Dialect, text: string): unknown {
  try {
    const call = from.readRequest(from.scanRequest(encode(text), null))
    const { body, warnings } = to.writeRequest(call, targets[to.name] ?? target())
    // As text: figures beyond a double's must keep their digits.
    return { body: decode(body), warnings }
  } catch (thrown) {
    if (!(thrown instanceof PointsmanError)) throw thrown
    return { refused: thrown.code, field: thrown.details.field ?? null, message: thrown.message }
  }
}

function carry(name: string, from: Dialect, to: Dialect): unknown {
  const text = readFileSync(joinPath(given, from.name, name), 'utf8')
  if (name.startsWith('request-')) return carryRequest(from, to, text)
  if (name.startsWith('result-')) return decodeJson(to.writeResult(from.readResult(encode(text)), about))
  const reader = from.streamReader({ mode: 'translate', hideUsage: false })
  const parts = partsOf(readAll(reader, [encodeEvents(JSON.parse(text) as Events)]))
  return decodeEvents(join(writeAll(to.streamWriter(about), parts)), to)
}

const pairForm = /^(.+)-to-(.+)$/
const pairs = readdirSync(here).flatMap((folder) => {
  const [, from, to] = pairForm.exec(folder) ?? []
  return from === undefined || to === undefined ? [] : [{ folder, from, to }]
})

it('knows the dialects of every folder', () => {
  for (const { from, to } of pairs) {
    expect([...allDialects.keys()]).toEqual(expect.arrayContaining([from, to]))
  }
})

describe.each(pairs)('$from to $to', ({ folder, from, to }) => {
  const names = readdirSync(joinPath(given, from))
  it('has a file for every case, and no other', () => {
    if (!isWriting) expect(readdirSync(joinPath(here, folder))).toEqual(names)
  })
  it.each(names)('%s', (name) => {
    const file = joinPath(here, folder, name)
    const made = carry(name, dialectNamed(from as DialectName), dialectNamed(to as DialectName))
    if (isWriting) writeFileSync(file, `${JSON.stringify(made, null, 2)}\n`)
    expect(existsSync(file)).toBe(true)
    expect(made).toEqual(JSON.parse(readFileSync(file, 'utf8')))
  })
})
