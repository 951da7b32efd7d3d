import type { DialectName, JsonObject, JsonValue } from '@pointsman/contract'

import { isJsonArray, isJsonObject } from '../json-fields.ts'

/*
 * Tools that Anthropic defines and the caller runs: the model knows them by their `type`. On Bedrock each wants a beta, and
 * Converse has no place for them, InvokeModel has (@ai-sdk/amazon-bedrock 5.0.101, tools of Claude on Bedrock; AWS Bedrock
 * user guide, Claude tool use and beta features; 2026-11). The search for tools runs at Bedrock too, by InvokeModel only
 * (platform.claude.com, tool search tool; 2026-11), under its dated kind and, as AWS's own samples write it
 * (aws-samples/anthropic-on-aws, getting_started_tool_search_tool.ipynb, 2026-11), without a date; of its variant `bm25`
 * LiteLLM's documentation says that Bedrock does not take it.
 */
const betas: ReadonlyMap<JsonValue, string> = new Map([
  ['computer_20251124', 'computer-use-2025-11-24'],
  ['computer_20250124', 'computer-use-2025-01-24'],
  ['bash_20250124', 'computer-use-2025-01-24'],
  ['text_editor_20250124', 'computer-use-2025-01-24'],
  ['text_editor_20250429', 'computer-use-2025-01-24'],
  ['text_editor_20250728', 'computer-use-2025-01-24'],
  ['computer_20241022', 'computer-use-2024-10-22'],
  ['bash_20241022', 'computer-use-2024-10-22'],
  ['text_editor_20241022', 'computer-use-2024-10-22'],
  ['memory_20250818', 'context-management-2025-06-27'],
  ['tool_search_tool_regex_20251119', 'tool-search-tool-2025-10-19'],
  ['tool_search_tool_regex', 'tool-search-tool-2025-10-19'],
])

export const isOwnKind = ({ type }: JsonObject): boolean => typeof type === 'string' && type !== 'custom'

/** Null for a tool that is not known to run on Bedrock. */
export const betaOfTool = ({ type }: JsonObject): string | null => betas.get(type ?? null) ?? null

export const toolsOf = ({ tools }: JsonObject): readonly JsonObject[] =>
  isJsonArray(tools) ? tools.filter(isJsonObject) : []

/** Where Claude is called on Bedrock: the way that has a place for such tools. */
export const nearestDialect = (body: JsonObject): DialectName | null =>
  toolsOf(body).some((tool) => betaOfTool(tool) !== null) ? 'bedrock-invoke-claude' : null
