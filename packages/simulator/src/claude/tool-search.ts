import type { ToolSearch } from '../answer/answer.ts'
import type { CachePoint, PromptBlock, PromptMessage, PromptTool } from '../answer/prompt.ts'
import { isJsonObject } from '../json.ts'
import type { JsonObject, JsonValue } from '../json.ts'
import { list, oneOf, onlyKnown, record, text, unknownTag } from './fields.ts'
import { ClaudeProblem, problemAt } from './problem.ts'

/*
 * The search for tools whose loading was put off, which the vendor runs (platform.claude.com, "Tool search tool";
 * @anthropic-ai/sdk 1.14, `ToolSearchToolRegex20251119`, `ToolSearchToolResultBlockParam`; the refusal of a search without
 * its result as tests of vercel/ai have it; 2026-11).
 */

type Json = Readonly<Record<string, unknown>>

const SEARCHES = ['tool_search_tool_bm25', 'tool_search_tool_regex']
const BEDROCK_BETA = 'tool-search-tool-2025-10-19'

/** Bedrock takes the search by patterns alone, under its beta (LiteLLM's documentation, tool search; 2026-11). */
export function checkSearchOnBedrock(tools: JsonValue | undefined, betas: readonly string[]): void {
  if (!Array.isArray(tools)) return
  tools.forEach((tool: JsonValue, index) => {
    const type = isJsonObject(tool) ? tool['type'] : undefined
    if (typeof type !== 'string' || !type.startsWith('tool_search_tool_')) return
    if (type.startsWith('tool_search_tool_regex') && betas.includes(BEDROCK_BETA)) return
    throw unknownTag(type, `tools.${index}`, ['custom'])
  })
}

export function readSearch(block: JsonObject, where: string): PromptBlock {
  record(block['input'], `${where}.input`)
  return {
    kind: 'toolSearch',
    id: text(block['id'], `${where}.id`),
    name: oneOf(block['name'], `${where}.name`, SEARCHES),
  }
}

export function readFoundTools(block: JsonObject, where: string): PromptBlock {
  const searchId = text(block['tool_use_id'], `${where}.tool_use_id`)
  const content = record(block['content'], `${where}.content`)
  const type = oneOf(content['type'], `${where}.content.type`, [
    'tool_search_tool_result_error',
    'tool_search_tool_search_result',
  ])
  if (type === 'tool_search_tool_result_error') return { kind: 'foundTools', searchId, names: [] }
  onlyKnown(content, `${where}.content.${type}`, ['type', 'tool_references'])
  const place = `${where}.content.${type}.tool_references`
  const names = list(content['tool_references'], place).map((item, index) => {
    const reference = record(item, `${place}.${index}`)
    oneOf(reference['type'], `${place}.${index}.type`, ['tool_reference'])
    return text(reference['tool_name'], `${place}.${index}.tool_name`)
  })
  return { kind: 'foundTools', searchId, names }
}

/** Each search has its result in the same message, what was found is declared, and something can be called at once. */
export function checkToolSearch(
  messages: readonly PromptMessage[],
  tools: readonly (PromptTool | CachePoint)[],
): void {
  const declared = tools.flatMap((tool) => (tool.kind === 'tool' ? [tool] : []))
  if (declared.length > 0 && declared.every(({ isDeferred }) => isDeferred)) {
    throw new ClaudeProblem('All tools have defer_loading set. At least one tool must be non-deferred.')
  }
  messages.forEach(({ blocks }, index) => {
    const found = blocks.flatMap((block) => (block.kind === 'foundTools' ? [block] : []))
    const searches = blocks.flatMap((block) => (block.kind === 'toolSearch' ? [block] : []))
    const open = searches.find(({ id }) => !found.some(({ searchId }) => searchId === id))
    if (open !== undefined) {
      throw problemAt(
        `messages.${index}`,
        `\`${open.name}\` tool use with id \`${open.id}\` was found without a corresponding \`tool_search_tool_result\` block`,
      )
    }
    const stray = found.find(({ searchId }) => !searches.some(({ id }) => id === searchId))
    if (stray !== undefined) {
      throw problemAt(
        `messages.${index}`,
        `unexpected \`tool_use_id\` found in \`tool_search_tool_result\` blocks: ${stray.searchId}`,
      )
    }
    const names = found.flatMap((result) => result.names)
    const unknown = names.find((name) => !declared.some((tool) => tool.name === name))
    if (unknown !== undefined) {
      throw new ClaudeProblem(`Tool reference '${unknown}' has no corresponding tool definition`)
    }
  })
}

const searchId = ({ id }: ToolSearch, toolIdPrefix: string): string => `srv${toolIdPrefix}${id}`

export const searchBlock = (search: ToolSearch, toolIdPrefix: string, input: JsonValue): Json => ({
  type: 'server_tool_use',
  id: searchId(search, toolIdPrefix),
  name: search.tool,
  input,
})

export const foundBlock = (search: ToolSearch, toolIdPrefix: string): Json => ({
  type: 'tool_search_tool_result',
  tool_use_id: searchId(search, toolIdPrefix),
  content: {
    type: 'tool_search_tool_search_result',
    tool_references: search.found.map((name) => ({ type: 'tool_reference', tool_name: name })),
  },
})
