import { expect, it } from 'vitest'

import { openaiCall, refusedByAnthropic, writeAnthropic, writeConverse } from './testing/calls.ts'
import { claude } from './testing/dialects-for-tests.ts'

it('closes the objects of a schema, and refuses one where the model cannot be held to it', () => {
  const schema = { type: 'object', properties: { a: { type: 'array', items: { type: 'object' } } } }
  const asked = openaiCall({ response_format: { type: 'json_schema', json_schema: { name: 'x', schema } } })
  expect(writeAnthropic(asked, claude(4.5)).body['output_config']).toEqual({
    format: {
      type: 'json_schema',
      schema: {
        type: 'object',
        properties: { a: { type: 'array', items: { type: 'object', additionalProperties: false } } },
        additionalProperties: false,
      },
    },
  })
  expect(refusedByAnthropic(asked, claude(3.5)).code).toBe('unsupported_parameter')
  expect(refusedByAnthropic(openaiCall({ response_format: { type: 'json_object' } })).code).toBe(
    'unsupported_parameter',
  )
  expect(refusedByAnthropic(openaiCall({ stop: '\n' })).details.field).toBe('stop')
})

it('closes objects that take any further member, and refuses those that are made of such', () => {
  const asked = (inner: object) => {
    const schema = { type: 'object', properties: { a: { type: 'object', ...inner } } }
    return openaiCall({
      response_format: { type: 'json_schema', json_schema: { name: 'x', schema } },
      tools: [{ type: 'function', function: { name: 'f', strict: true, parameters: schema } }],
    })
  }
  const more = { properties: { b: { type: 'string' } }, additionalProperties: true }
  const left = 'this model adds no members to an object beyond those that its schema names'
  expect(writeAnthropic(asked(more), claude(4.5))).toMatchObject({
    body: {
      tools: [{ strict: true, input_schema: { properties: { a: { additionalProperties: false } } } }],
      output_config: { format: { schema: { properties: { a: { additionalProperties: false } } } } },
    },
    warnings: [`tools: ${left}`, `response_format: ${left}`],
  })
  for (const map of [{ additionalProperties: true }, { additionalProperties: { type: 'string' } }]) {
    expect(refusedByAnthropic(asked(map), claude(4.5)).details.field).toBe('response_format')
    const { responseFormat: _, ...rest } = asked(map)
    expect(writeAnthropic({ ...rest, responseFormat: null }, claude(4.5))).toMatchObject({
      body: { tools: [{ name: 'f', input_schema: { properties: { a: map } } }] },
      warnings: [
        'tools: this model cannot be held to objects whose members have any name; check the arguments against the schema',
      ],
    })
  }
})

it('tells bounds that Claude cannot be held to in descriptions, wherever the schema goes', () => {
  const schema = {
    type: 'object',
    properties: {
      age: { type: 'integer', description: 'In years', minimum: 0, maximum: 150 },
      tags: { type: 'array', minItems: 1, maxItems: 3, items: { type: 'string', maxLength: 9 } },
      // A field of the caller's that has the name of a bound.
      minimum: { anyOf: [{ type: 'number', multipleOf: 2 }, { type: 'null' }] },
      pair: { type: 'array', minItems: 2, items: { type: 'number' } },
    },
  }
  const described = {
    type: 'object',
    properties: {
      age: { type: 'integer', description: 'In years\n\n{minimum: 0, maximum: 150}' },
      tags: {
        type: 'array',
        minItems: 1,
        items: { type: 'string', description: '{maxLength: 9}' },
        description: '{maxItems: 3}',
      },
      minimum: { anyOf: [{ type: 'number', description: '{multipleOf: 2}' }, { type: 'null' }] },
      pair: { type: 'array', items: { type: 'number' }, description: '{minItems: 2}' },
    },
    additionalProperties: false,
  }
  const asked = openaiCall({
    response_format: { type: 'json_schema', json_schema: { name: 'x', schema } },
    tools: [
      { type: 'function', function: { name: 'f', strict: true, parameters: schema } },
      { type: 'function', function: { name: 'g', parameters: schema } },
    ],
  })
  const names = 'minimum, maximum, maxItems, maxLength, multipleOf, minItems'
  const warnings = ['tools', 'response_format'].map(
    (field) => `${field}: this model cannot be held to ${names}; told in descriptions, check the answer`,
  )
  expect(writeAnthropic(asked, claude(4.5))).toMatchObject({
    body: {
      output_config: { format: { schema: described } },
      tools: [{ input_schema: described }, { input_schema: schema }],
    },
    warnings,
  })
  const { body, warnings: warned } = writeConverse(asked, claude(4.5))
  expect(body['toolConfig']).toMatchObject({
    tools: [
      { toolSpec: { inputSchema: { json: described } } },
      { toolSpec: { inputSchema: { json: schema } } },
    ],
  })
  expect(body['outputConfig']).toMatchObject({
    textFormat: { structure: { jsonSchema: { schema: JSON.stringify(described) } } },
  })
  expect(warned).toEqual(warnings)
})
