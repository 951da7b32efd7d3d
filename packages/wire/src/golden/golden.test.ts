import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join as joinPath } from 'node:path'

import { PointsmanError } from '@pointsman/contract'
import type { AnswerPart, DialectName } from '@pointsman/contract'
import { describe, expect, it } from 'vitest'

import type { Dialect, WriteTarget } from '../dialect.ts'
import { join } from '../testing/cut.ts'
import {
  about,
  allDialects,
  claude,
  decode,
  decodeJson,
  dialectNamed,
  encode,
  gpt,
  target,
} from '../testing/dialects-for-tests.ts'
import { decodeEvents, encodeEvent } from '../testing/events.ts'
import type { Event } from '../testing/events.ts'
import { partsOf, readAll, writeAll } from '../testing/read-all.ts'

/*
 * What each dialect becomes in another. `given/<dialect>/` holds what clients and vendors of it send, `<from>-to-<to>/` what is
 * made of that: a pair is tested as soon as its folder exists. `GOLDEN=write` writes the files anew; read the difference
 * before it is committed.
 *
 * A file `request-….json` holds a body, `result-….json` an answer, `stream-….json` the events of one (testing/events.ts).
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
  const events = JSON.parse(text) as readonly Event[]
  return decodeEvents(writeStream(to, partsOf(readAll(reader, [join(events.map(encodeEvent))]))), to)
}

/** As an answer goes out: an error ends it in the face's own form and nothing follows. */
function writeStream(to: Dialect, parts: readonly AnswerPart[]): Uint8Array {
  const failed = parts.find((part) => part.type === 'error')
  const writer = to.streamWriter(about)
  if (failed === undefined) return join(writeAll(writer, parts))
  const sent = parts
    .slice(0, parts.indexOf(failed))
    .map((part) => writer.write(part))
    .filter((bytes) => bytes !== null)
  const { name: vendorName, message } = failed.error
  const error = new PointsmanError('upstream_overloaded', message, { vendorName })
  return join([...sent, to.writeStreamError(error, { about, lastSent: sent.at(-1) ?? null, named: null })])
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
