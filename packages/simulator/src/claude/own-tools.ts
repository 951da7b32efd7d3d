import type { PromptTool } from '../answer/prompt.ts'
import type { JsonObject } from '../json.ts'
import { oneOf, onlyKnown, whole } from './fields.ts'

interface OwnTool {
  readonly name: string
  /** Beside those that all have. */
  readonly members: readonly string[]
  /** Without it the type is not known. */
  readonly beta: string | null
  readonly searches?: 'pattern' | 'query'
}

const COMMON = [
  'type',
  'name',
  'cache_control',
  'strict',
  'input_examples',
  'defer_loading',
  'allowed_callers',
]
const DISPLAY = ['display_width_px', 'display_height_px']
const REGEX = { name: 'tool_search_tool_regex', members: [], beta: null, searches: 'pattern' } as const
const BM25 = { name: 'tool_search_tool_bm25', members: [], beta: null, searches: 'query' } as const
const EDITOR = { name: 'str_replace_based_edit_tool', members: ['max_characters'], beta: null }

/**
 * Tools that the vendor defines and the caller runs, of which the newer ones are simulated, and the search for tools,
 * which the vendor runs (@anthropic-ai/sdk 1.14;
 * platform.claude.com, tool reference, computer use tool; 2026-11).
 */
const OWN_TOOLS: ReadonlyMap<string, OwnTool> = new Map<string, OwnTool>([
  ['bash_20250124', { name: 'bash', members: [], beta: null }],
  [
    'computer_20250124',
    { name: 'computer', members: [...DISPLAY, 'display_number'], beta: 'computer-use-2025-01-24' },
  ],
  [
    'computer_20251124',
    {
      name: 'computer',
      members: [...DISPLAY, 'display_number', 'enable_zoom'],
      beta: 'computer-use-2025-11-24',
    },
  ],
  ['memory_20250818', { name: 'memory', members: [], beta: null }],
  ['text_editor_20250728', EDITOR],
  ['tool_search_tool_regex_20251119', REGEX],
  ['tool_search_tool_regex', REGEX],
  ['tool_search_tool_bm25_20251119', BM25],
  ['tool_search_tool_bm25', BM25],
])

/** What the model is to fill in; the vendor's own descriptions are longer. */
const SCHEMA = { type: 'object', properties: { action: { type: 'string' } }, required: ['action'] }

/** Null for a tool that is none of these, or whose beta was not asked for. */
export function readOwnTool(tool: JsonObject, place: string, betas: readonly string[]): PromptTool | null {
  const { type } = tool
  if (typeof type !== 'string') return null
  const own = OWN_TOOLS.get(type)
  if (own === undefined || (own.beta !== null && !betas.includes(own.beta))) return null
  const where = `${place}.${type}`
  onlyKnown(tool, where, [...COMMON, ...own.members])
  const name = oneOf(tool['name'], `${where}.name`, [own.name])
  for (const member of own.members.filter((one) => DISPLAY.includes(one))) {
    whole(tool[member], `${where}.${member}`, 1)
  }
  const { searches } = own
  return {
    ...{ kind: 'tool', name, description: type, schema: SCHEMA },
    ...(searches === undefined ? {} : { searches }),
  }
}
