import type { Chance } from './chance.ts'
import type { AnswerBlock, ToolSearch } from './answer.ts'
import { lastUserText, offeredTools } from './prompt.ts'
import type { Prompt, PromptTool } from './prompt.ts'
import { schemaInstance } from './schema-instance.ts'
import type { InstanceSource } from './schema-instance.ts'

type ToolCall = Extract<AnswerBlock, { kind: 'toolUse' }>

/**
 * The calls that a model would make now; empty when it would answer in words. A forced choice always calls. Left to
 * itself it calls when the last user message names a tool or asks for one ("use the tool", "call"), and never right
 * after a tool's result. Two calls where the message asks for two or names two tools.
 */
export function decideToolCalls(prompt: Prompt, chance: Chance): readonly ToolCall[] {
  const chosen = chosenTools(prompt)
  if (chosen.length === 0) return []
  const text = lastUserText(prompt)
  const search = searchFor(chosen, prompt, chance)
  return chosen.map((tool, index) => ({
    kind: 'toolUse',
    id: chance.word(22),
    name: tool.name,
    input: schemaInstance(tool.schema, sourceOf(text, chance)),
    ...(search === null || index > 0 ? {} : { search }),
  }))
}

/** The search that finds what is to be called and was not loaded yet; null where there is none. */
function searchFor(chosen: readonly PromptTool[], prompt: Prompt, chance: Chance): ToolSearch | null {
  const by = offeredTools(prompt).find((tool) => tool.searches !== undefined)
  const known = prompt.messages
    .flatMap(({ blocks }) => blocks)
    .flatMap((block) => (block.kind === 'foundTools' ? block.names : []))
  const hidden = chosen.filter((tool) => tool.isDeferred === true && !known.includes(tool.name))
  const found = [...new Set(hidden.map(({ name }) => name))]
  if (by?.searches === undefined || found.length === 0) return null
  const input = { [by.searches]: found.join(by.searches === 'pattern' ? '|' : ' ') }
  return { id: chance.word(22), tool: by.name, input, found }
}

function chosenTools(prompt: Prompt): readonly PromptTool[] {
  const tools = offeredTools(prompt).filter((tool) => tool.searches === undefined)
  const choice = prompt.toolChoice
  if (choice.kind === 'none') return []
  const text = lastUserText(prompt)
  if (choice.kind === 'tool') {
    return twice(
      tools.filter((tool) => tool.name === choice.name),
      prompt,
    )
  }
  const named = tools.filter((tool) => mentions(text, tool.name))
  if (choice.kind === 'auto' && (answersToolResult(prompt) || (named.length === 0 && !asksForTool(text))))
    return []
  return twice(named.length > 0 ? named : tools.slice(0, 1), prompt)
}

/** As many calls as the message asks for: all named tools, one tool twice, or one. */
function twice(tools: readonly PromptTool[], prompt: Prompt): readonly PromptTool[] {
  const [first] = tools
  if (first === undefined) return []
  if (!prompt.mayCallInParallel) return [first]
  if (tools.length > 1) return tools.slice(0, 4)
  return /\b(two|both|twice|2 (?:calls|times|tools?)|in parallel)\b/i.test(lastUserText(prompt))
    ? [first, first]
    : [first]
}

function mentions(text: string, toolName: string): boolean {
  const lowered = text.toLowerCase()
  const name = toolName.toLowerCase()
  return lowered.includes(name) || lowered.includes(name.replaceAll(/[_-]+/g, ' '))
}

function asksForTool(text: string): boolean {
  return /\b(?:use|using|invoke|run) (?:the |a |an |your |this |that |any )?(?:\w+ )?(?:tools?|functions?)\b|\bcall\b/i.test(
    text,
  )
}

/** True when the conversation's last message brings a tool's result: the model then has what it asked for. */
export function answersToolResult(prompt: Prompt): boolean {
  return prompt.messages.at(-1)?.blocks.some((block) => block.kind === 'toolResult') ?? false
}

/** Names and numbers of a message: quoted texts first, then words with a capital that do not begin a sentence. */
function sourceOf(text: string, chance: Chance): InstanceSource {
  const asked = text.slice(0, 4_000)
  const quoted = [...asked.matchAll(/["“'‘`]([^"”'’`]{1,80})["”'’`]/g)].map((match) => match[1] ?? '')
  const capitals = [...asked.matchAll(/(?<=[\p{L},] )\p{Lu}[\p{L}\p{M}-]+(?: \p{Lu}[\p{L}\p{M}-]+)*/gu)].map(
    (match) => match[0],
  )
  const numbers = [...asked.matchAll(/(?<![\w.])-?\d{1,12}(?:\.\d{1,6})?(?![\w])/g)].map((match) =>
    Number(match[0]),
  )
  return { chance, names: [...quoted, ...capitals].slice(0, 20), numbers: numbers.slice(0, 20) }
}
