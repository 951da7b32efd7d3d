import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join as joinPath } from 'node:path'

import { PointsmanError } from '@pointsman/contract'
import type { DialectName, EmbedCall, EmbedResult } from '@pointsman/contract'
import { describe, expect, it } from 'vitest'

import type { WholeForm, WriteTarget } from '../dialect.ts'
import { about, decodeJson, dialectNamed, encode, target } from '../testing/dialects-for-tests.ts'

/*
 * What each form of embeddings becomes in another: `embeddings/given/<dialect>.json` holds requests and answers by name,
 * `embeddings/<from>-to-<to>.json` what is made of them. `GOLDEN=write` writes the files anew, as in golden.test.ts.
 */
const folder = joinPath(import.meta.dirname, 'embeddings')
const isWriting = process.env['GOLDEN'] === 'write'

type EmbedForm = WholeForm<EmbedCall, EmbedResult>
interface Given {
  readonly requests: { readonly [name: string]: unknown }
  readonly results: {
    readonly [name: string]: {
      readonly headers?: { readonly [name: string]: string }
      readonly body: unknown
    }
  }
}

const model = (format: string, generation: number): WriteTarget =>
  target({ upstreamId: `${format}-embed`, format, generation, purpose: 'embedding', vendor: format })
const targets: ReadonlyMap<string, WriteTarget> = new Map([
  ['openai-chat', model('openai', 3)],
  ['gemini', model('gemini', 1)],
  ['bedrock-invoke-titan', model('titan', 2)],
  ['bedrock-invoke-cohere', model('cohere', 3)],
])
const names = [...targets.keys()]

function formOf(name: string): EmbedForm {
  const { embed } = dialectNamed(name as DialectName)
  if (embed === null) throw new Error(`${name} does not embed`)
  return embed
}

const bytesOf = (value: unknown): Uint8Array => encode(JSON.stringify(value))

function carryRequest(from: EmbedForm, to: string, body: unknown): unknown {
  try {
    const call = from.readRequest(from.scanRequest(bytesOf(body), null))
    const written = formOf(to).writeRequest(call, targets.get(to) ?? target())
    return { body: decodeJson(written.body), warnings: written.warnings }
  } catch (thrown) {
    if (!(thrown instanceof PointsmanError)) throw thrown
    return { refused: thrown.code, field: thrown.details.field ?? null, message: thrown.message }
  }
}

function carryResult(from: EmbedForm, to: EmbedForm, { headers, body }: Given['results'][string]): unknown {
  const result = from.readResult(bytesOf(body), headers ?? {})
  // Gemini answers a batch in another form than a single text, as it was asked.
  const asked = result.vectors.length > 1 ? { requests: [] } : {}
  return {
    headers: to.resultHeaders?.(result) ?? [],
    body: decodeJson(to.writeResult(result, { ...about, asked })),
  }
}

const mapped = (from: object, carry: (value: never) => unknown): object =>
  Object.fromEntries(Object.entries(from).map(([name, value]) => [name, carry(value as never)]))

it('has something given of every form', () => {
  expect(readdirSync(joinPath(folder, 'given'))).toEqual(names.map((name) => `${name}.json`).toSorted())
})

const pairs = names.flatMap((from) => names.filter((to) => to !== from).map((to) => [from, to] as const))

describe.each(pairs)('%s to %s', (from, to) => {
  it('is as it was read', () => {
    const given = JSON.parse(readFileSync(joinPath(folder, 'given', `${from}.json`), 'utf8')) as Given
    const form = formOf(from)
    const made = {
      requests: mapped(given.requests, (body) => carryRequest(form, to, body)),
      results: mapped(given.results, (result) => carryResult(form, formOf(to), result)),
    }
    const file = joinPath(folder, `${from}-to-${to}.json`)
    if (isWriting) writeFileSync(file, `${JSON.stringify(made, null, 2)}\n`)
    expect(existsSync(file)).toBe(true)
    expect(made).toEqual(JSON.parse(readFileSync(file, 'utf8')))
  })
})
