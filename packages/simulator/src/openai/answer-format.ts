import type { PromptBlock } from '../answer/prompt.ts'
import type { JsonObject, JsonValue } from '../json.ts'
import { invalid } from './failure.ts'
import { object, oneOf, optionalFlag, toolName, shown } from './fields.ts'
import { checkStrictSchema } from './strict-schema.ts'

/** The shape that an answer is to have: a schema; null = text. Any JSON object is a schema too, of no members. */
export function readAnswerFormat(
  format: JsonObject | null,
  where: string,
  definitionOf: (format: JsonObject) => { readonly definition: JsonObject; readonly where: string },
): JsonValue | null {
  if (format === null) return null
  const type = oneOf(format['type'], `${where}.type`, ['text', 'json_object', 'json_schema'])
  if (type === 'text') return null
  if (type === 'json_object') return { type: 'object', properties: { answer: { type: 'string' } } }
  const { definition, where: place } = definitionOf(format)
  const name = toolName(definition['name'], `${place}.name`)
  const schema = object(definition['schema'] ?? {}, `${place}.schema`)
  if (Object.keys(schema).length > 0 && schema['type'] !== 'object') {
    throw invalid(
      `Invalid schema for response_format '${name}': schema must be a JSON Schema of 'type: "object"', got 'type: "${shown(schema['type'])}"'.`,
      where,
      'invalid_json_schema',
    )
  }
  if (optionalFlag(definition['strict'], `${place}.strict`) === true) {
    checkStrictSchema(schema, { name, param: where })
  }
  return schema
}

/**
 * JSON mode wants its word in what is said, by whomever ("'messages' must contain the word 'json' in some form",
 * ultimatejimmy/xray.koplugin issue 33, 2026-05); responses look at their input alone.
 */
export function checkJsonMode(
  format: JsonObject | null,
  said: readonly string[],
  param: 'messages' | 'input',
): void {
  if (format?.['type'] !== 'json_object' || said.some((text) => /json/i.test(text))) return
  throw invalid(
    param === 'messages'
      ? "'messages' must contain the word 'json' in some form, to use 'response_format' of type 'json_object'."
      : "Response input messages must contain the word 'json' in some form to use 'text.format' of type 'json_object'.",
    param,
  )
}

/** What the blocks of a conversation say in words. */
export const textsOf = (blocks: readonly PromptBlock[]): readonly string[] =>
  blocks.flatMap((block) => (block.kind === 'text' || block.kind === 'toolResult' ? [block.text] : []))
