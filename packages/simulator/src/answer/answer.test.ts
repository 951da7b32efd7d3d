import fc from 'fast-check'
import { createHash } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import type { JsonObject, JsonValue } from '../json.ts'
import { isJsonObject } from '../json.ts'
import { Chance } from './chance.ts'
import { blockTokens, composeAnswer } from './compose.ts'
import { answerParts, isContent } from './parts.ts'
import type { Prompt } from './prompt.ts'
import { cutAt, excerpt } from './prose.ts'
import { schemaInstance } from './schema-instance.ts'

const unused = { inputTokens: 1, cacheReadTokens: 0, cacheWriteTokens: 0, cacheWriteTimeToLive: null }

function promptOf(text: string, more: Partial<Prompt> = {}): Prompt {
  return {
    system: [],
    messages: [{ role: 'user', blocks: [{ kind: 'text', text }] }],
    tools: [],
    toolChoice: { kind: 'auto' },
    mayCallInParallel: true,
    maxTokens: null,
    stopSequences: [],
    reasoning: null,
    answerSchema: null,
    ...more,
  }
}

const seeds = fc.nat().map((number) => createHash('sha256').update(String(number)).digest('hex'))
const texts = fc.string({ unit: 'grapheme', maxLength: 200 })

describe('an answer', () => {
  test('in parts says what it says whole, and costs the same', () => {
    const tool = {
      kind: 'tool' as const,
      name: 'f',
      description: '',
      schema: { properties: { a: { type: 'string' } } },
    }
    fc.assert(
      fc.property(
        texts,
        seeds,
        fc.option(fc.integer({ min: 1, max: 400 })),
        fc.option(fc.integer({ min: 1, max: 90 })),
        fc.boolean(),
        (text, seedHex, maxTokens, pieces, forced) => {
          const answer = composeAnswer({
            prompt: promptOf(text, {
              maxTokens,
              tools: [tool],
              toolChoice: { kind: forced ? 'any' : 'auto' },
              reasoning: { budgetTokens: 1_024 },
            }),
            modelName: 'Model',
            region: 'nowhere-1',
            modelMaxTokens: 5_000,
            seedHex,
            promptUsage: unused,
            scriptedText: null,
          })
          const parts = answerParts(answer, pieces)
          const said = answer.blocks.map((_block, index) =>
            parts
              .map((part) => {
                if (!isContent(part) || part.index !== index) return ''
                return part.kind === 'toolDelta' ? part.json : part.text
              })
              .join(''),
          )
          expect(said).toEqual(
            answer.blocks.map((block) =>
              block.kind === 'toolUse' ? JSON.stringify(block.input) : block.text,
            ),
          )
          const tokens = parts.reduce((sum, part) => sum + (isContent(part) ? part.tokens : 0), 0)
          expect(tokens).toBe(answer.usage.outputTokens)
          expect(tokens).toBe(answer.blocks.reduce((sum, block) => sum + blockTokens(block), 0))
          expect(tokens).toBeLessThanOrEqual(maxTokens ?? 5_000)
        },
      ),
    )
  })

  test('never cuts a character in two', () => {
    fc.assert(
      fc.property(texts, fc.integer({ min: 1, max: 60 }), seeds, (text, pieces, seedHex) => {
        const answer = composeAnswer({
          prompt: promptOf('x', { maxTokens: 20 }),
          modelName: 'Model',
          region: 'nowhere-1',
          modelMaxTokens: null,
          seedHex,
          promptUsage: unused,
          scriptedText: text,
        })
        for (const part of answerParts(answer, pieces)) {
          if (part.kind === 'textDelta') expect(part.text.isWellFormed()).toBe(true)
        }
      }),
    )
    fc.assert(
      fc.property(texts, fc.nat(50), (text, length) => {
        expect(cutAt(text, length).isWellFormed()).toBe(true)
        expect(excerpt(text, length).isWellFormed()).toBe(true)
        expect(excerpt(text, length).length).toBeLessThanOrEqual(length + 1)
      }),
    )
  })

  test('ends at the first of several stop sequences', () => {
    const answer = composeAnswer({
      prompt: promptOf('x', { stopSequences: ['ccc', 'bb'] }),
      modelName: 'Model',
      region: 'nowhere-1',
      modelMaxTokens: null,
      seedHex: '00',
      promptUsage: unused,
      scriptedText: 'aa bb ccc',
    })
    expect(answer).toMatchObject({
      stopReason: 'stop_sequence',
      stopSequence: 'bb',
      blocks: [{ text: 'aa ' }],
    })
  })
})

describe('schemaInstance', () => {
  const source = { chance: new Chance('5eed'), names: ['Oslo'], numbers: [7] }

  test.each<[JsonValue, JsonValue]>([
    [{ const: 4 }, 4],
    [{ type: 'string', default: 'x' }, 'x'],
    [{ enum: ['Rome', 'Oslo'] }, 'Oslo'],
    [{ type: 'string' }, 'Oslo'],
    [{ type: 'string', maxLength: 2 }, 'Os'],
    [{ type: 'string', minLength: 7 }, 'Oslo sa'],
    [{ type: 'string', format: 'date' }, '2026-11-21'],
    [{ type: 'string', format: 'constructor' }, 'Oslo'],
    [{ type: 'integer' }, 7],
    [{ type: 'integer', minimum: 8, maximum: 8 }, 8],
    [{ type: 'integer', multipleOf: 5, minimum: 6 }, 10],
    [{ type: 'integer', exclusiveMinimum: 7, maximum: 9 }, 8],
    [{ type: ['null', 'integer'] }, 7],
    [{ type: ['integer', 'null'], minimum: 1, maximum: 4 }, 1],
    [{ type: ['number', 'null'], minimum: 1, maximum: 4 }, 2.5],
    [{ anyOf: [{ type: 'null' }, { type: 'integer' }] }, 7],
    [{ allOf: [{ properties: { a: { const: 1 } } }, { properties: { b: { const: 2 } } }] }, { a: 1, b: 2 }],
    [{ properties: { a: { $ref: '#/$defs/x' } }, $defs: { x: { const: 'y' } } }, { a: 'y' }],
    [{ $ref: '#/constructor' }, null],
    [{ properties: { a: {}, b: { const: 1 } }, required: ['b'] }, { b: 1 }],
    [{ type: 'array', items: { const: 1 }, minItems: 3, maxItems: 3 }, [1, 1, 1]],
    [true, null],
  ])('%j → %j', (schema, value) => {
    expect(schemaInstance(schema, source)).toEqual(value)
  })

  test('a schema that holds itself many times comes to an end', () => {
    const properties = Object.fromEntries(
      Array.from({ length: 20 }, (_none, index) => [`p${index}`, { $ref: '#' }]),
    )
    const value = schemaInstance({ type: 'object', properties }, source)
    expect(isJsonObject(value)).toBe(true)
    expect(JSON.stringify(value).length).toBeLessThan(200_000)
  })

  test('any object schema gets its required properties of their types', () => {
    const types = fc.constantFrom('string', 'integer', 'number', 'boolean', 'object', 'array')
    fc.assert(
      fc.property(fc.dictionary(fc.string({ minLength: 1 }), types), (members) => {
        const properties = Object.fromEntries(Object.entries(members).map(([name, type]) => [name, { type }]))
        const value = schemaInstance({ type: 'object', properties, required: Object.keys(members) }, source)
        for (const [name, type] of Object.entries(members))
          expect(typeName((value as JsonObject)[name])).toContain(type)
      }),
    )
  })
})

function typeName(value: JsonValue | undefined): readonly string[] {
  if (Array.isArray(value)) return ['array']
  if (typeof value === 'number') return Number.isInteger(value) ? ['integer', 'number'] : ['number']
  return [typeof value]
}
