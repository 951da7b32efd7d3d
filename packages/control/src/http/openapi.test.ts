import { Validator } from '@seriousme/openapi-schema-validator'
import { expect, test } from 'vitest'
import { controlEndpoints } from '../api/endpoints.ts'
import type { ControlHouse } from '../house.ts'
import { openapiDocument } from './openapi.ts'

// Only their declarations are read: no handler is called, so that no house is needed.
const endpoints = controlEndpoints({} as ControlHouse)
const document = openapiDocument(endpoints, '/api/v1') as {
  readonly paths: {
    readonly [path: string]: {
      readonly [method: string]: {
        readonly operationId: string
        readonly requestBody?: { readonly required: boolean }
        readonly parameters?: readonly {
          readonly name: string
          readonly in: string
          readonly required: boolean
        }[]
        readonly responses: { readonly [status: string]: { readonly content: object } }
      }
    }
  }
}
const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
  Object.values(methods).map((operation) => ({ path, ...operation })),
)

test('the document is valid by OpenAPI’s own schema of version 3.1', async () => {
  const validator = new Validator()
  const { valid, errors } = await validator.validate(structuredClone(document))
  expect([valid, errors, validator.version]).toEqual([true, undefined, '3.1'])
})

test('each name in a path is a parameter, and each parameter stands once', () => {
  expect(operations).toHaveLength(endpoints.length)
  for (const { path, parameters = [] } of operations) {
    const inPath = parameters.filter((parameter) => parameter.in === 'path')
    const names = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name)
    expect(inPath.map(({ name }) => name).sort(), path).toEqual(names.sort())
    expect(
      inPath.every(({ required }) => required),
      path,
    ).toBe(true)
    const places = parameters.map(({ name, in: place }) => `${place} ${name}`)
    expect(new Set(places).size, path).toBe(places.length)
  }
})

test('a body is required where a request without one is refused', () => {
  const optional = operations.filter(({ requestBody }) => requestBody?.required === false)
  expect(optional.map(({ operationId }) => operationId).sort()).toEqual([
    'drills.stop',
    'models.validate',
    'providers.test',
    'switches.revert',
  ])
})

test('streams are told as server-sent events, everything else as JSON', () => {
  const streams = operations.filter(
    ({ responses }) => 'text/event-stream' in (responses['200']?.content ?? {}),
  )
  expect(streams.map(({ operationId }) => operationId).sort()).toEqual([
    'events.stream',
    'notifications.stream',
  ])
  const others = operations.filter(
    (operation) => !streams.includes(operation) && operation.operationId !== 'backup.make',
  )
  for (const { operationId, responses } of others) {
    const success = responses['200'] ?? responses['201']
    expect(Object.keys(success?.content ?? {}), operationId).toEqual(['application/json'])
  }
})
