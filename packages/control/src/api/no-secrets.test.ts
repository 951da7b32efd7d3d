import { expect, test } from 'vitest'
import { z } from 'zod'
import type { ControlHouse } from '../house.ts'
import { controlEndpoints } from './endpoints.ts'

/*
 * T32: no answer of the control API has a field that may carry a secret, but for those that are told once, where they are made.
 * A new field whose name sounds like one fails here until somebody has said what it is.
 */

const soundsSecret = /key|secret|token|passw|digest|credential|auth|pepper|signature|bearer|cookie|jwt/i

/** Told this once, and kept nowhere. */
const toldOnce: ReadonlySet<string> = new Set([
  ...['keys.create key', 'keys.create secretAccessKey', 'keys.create accessKeyId'],
  'cost-alarms.put signingSecret',
  ...['keys.rotate key', 'keys.rotate secretAccessKey', 'keys.rotate accessKeyId'],
])

/** What sounds like a secret and is none. */
const harmless: { readonly [field: string]: string } = {
  maxTokens: 'a limit of a model',
  contextTokens: 'a limit of a model',
  maxOutputTokens: 'a limit of a model',
  inputTokensAbove: 'from where a price holds',
  inputTokens: 'a count',
  outputTokens: 'a count',
  cacheReadTokens: 'a count',
  cacheWriteTokens: 'a count',
  tokensPerMinute: 'a limit of a key',
  keyLastFour: 'four characters of a provider’s key',
  keySource: 'where a provider’s key stands',
  keyFrom: 'the name of what holds a provider’s key',
  keySince: 'an instant',
  keyExpiresAt: 'an instant',
  keyProblem: 'what is wrong with a provider’s key, in words',
  takesAwsKeys: 'what a provider takes',
  publicKey: 'what the signed head of the chain is checked with',
  signature: 'of the head of the chain, made for others to see',
}

/** Operations whose `key` is the name of a route: `use-case/clinical`. */
const namesRoutes = /^(use-cases|agents)\.(list|show|put)$/
/** Those whose `key` is that of a table's item: `sql_agent/v1`. */
const namesItems = /^(followed-tables\.list|agents\.import)$/

function fieldsOf(schema: unknown): readonly string[] {
  if (schema === null || typeof schema !== 'object') return []
  const { properties } = schema as { readonly properties?: object }
  const own = properties === undefined ? [] : Object.keys(properties)
  return [...own, ...Object.values(schema).flatMap(fieldsOf)]
}

const told = controlEndpoints({} as ControlHouse).flatMap(({ operation, schemas }) =>
  [...new Set(fieldsOf(z.toJSONSchema(schemas.answer, { unrepresentable: 'any' })))].map(
    (field) => [operation, field] as const,
  ),
)

test('T32: only what is told once carries a secret', () => {
  expect(told.length).toBeGreaterThan(300)
  const suspects = told.filter(
    ([operation, field]) =>
      soundsSecret.test(field) &&
      !(field in harmless) &&
      !(field === 'key' && (namesRoutes.test(operation) || namesItems.test(operation))),
  )
  expect(new Set(suspects.map(([operation, field]) => `${operation} ${field}`))).toEqual(toldOnce)
})

test('T32: what is called harmless is still told', () => {
  const fields = new Set(told.map(([, field]) => field))
  for (const field of Object.keys(harmless)) expect(fields, field).toContain(field)
})
