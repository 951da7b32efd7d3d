import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join as joinPath } from 'node:path'

import { errorTable, PointsmanError } from '@pointsman/contract'
import type { ErrorCode, ErrorDetails } from '@pointsman/contract'
import { describe, expect, it } from 'vitest'

import type { Dialect } from '../dialect.ts'
import { allDialects, decode, decodeJson } from '../testing/dialects-for-tests.ts'
import { decodeEvents } from '../testing/events.ts'

/*
 * Every error of the table as each face tells it: whole, and inside a stream. `GOLDEN=write` writes the files anew, as in
 * golden.test.ts.
 */
const folder = joinPath(import.meta.dirname, 'errors')
const isWriting = process.env['GOLDEN'] === 'write'
const codes = Object.keys(errorTable) as readonly ErrorCode[]

/** What callers are told beside code and message, where the code has it. */
const details: { readonly [Code in ErrorCode]?: ErrorDetails } = {
  invalid_request: { field: 'messages[0].role' },
  unsupported_parameter: { field: 'seed' },
  model_not_found: { field: 'model', suggestions: ['gpt-4o'] },
  limit_reached: { retryAfterMs: 1_500 },
  upstream_throttled: { retryAfterMs: 20_000 },
  upstream_rejected: { status: 422, vendorName: 'ValidationException' },
  upstream_content_policy: { vendorName: 'content_policy_violation' },
}

function told(face: Dialect, code: ErrorCode): unknown {
  const error = new PointsmanError(code, `What went wrong: ${code}.`, details[code])
  const { status, headers, body } = face.writeError(error, 'req-1')
  const stream = face.writeStreamError(error)
  const isText = face.streamContentType.startsWith('text/')
  return {
    status,
    headers,
    body: decodeJson(body),
    stream: isText ? decode(stream) : decodeEvents(stream, face),
  }
}

/** Faces of embeddings alone tell errors as Bedrock's others do. */
const embedOnly: readonly string[] = ['bedrock-invoke-titan', 'bedrock-invoke-cohere']
const faces = [...allDialects.values()].filter(({ name }) => !embedOnly.includes(name))

describe.each(faces.map((face) => [face.name, face] as const))('%s', (name, face) => {
  it('tells every error in its own form', () => {
    const file = joinPath(folder, `${name}.json`)
    const made = Object.fromEntries(codes.map((code) => [code, told(face, code)]))
    if (isWriting) writeFileSync(file, `${JSON.stringify(made, null, 2)}\n`)
    expect(existsSync(file)).toBe(true)
    expect(made).toEqual(JSON.parse(readFileSync(file, 'utf8')))
  })
})
