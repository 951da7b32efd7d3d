import type { JsonValue } from '../json.ts'
import type { Answer, AnswerBlock, AnswerUsage, StopReason } from './answer.ts'
import { Chance } from './chance.ts'
import { citingTexts } from './citations.ts'
import type { CitingText } from './citations.ts'
import { lastUserText } from './prompt.ts'
import type { Prompt } from './prompt.ts'
import { cutAt, excerpt, topicsOf, wantedTokens, writeProse } from './prose.ts'
import { schemaInstance } from './schema-instance.ts'
import { charactersOf, estimateTokens } from './token-estimate.ts'
import { answersToolResult, decideToolCalls } from './tool-calls.ts'

/** What an answer is made from. Equal orders give equal answers. */
export interface AnswerOrder {
  readonly prompt: Prompt
  readonly modelName: string
  /** Null for a vendor without regions: the answer then names none. */
  readonly region: string | null
  /** The model's own limit; null = 4,096. */
  readonly modelMaxTokens: number | null
  /** Hexadecimal digest of request, model and the simulator's seed. */
  readonly seedHex: string
  readonly promptUsage: Omit<AnswerUsage, 'outputTokens'>
  /** A text that a fault script put in place of the invented one. */
  readonly scriptedText: string | null
  /** The vendor's signature over a thought; left out: one that proves nothing. */
  readonly sealThought?: (thought: string) => string
}

const DEFAULT_MAX_TOKENS = 4_096

type TextBlock = Extract<AnswerBlock, { kind: 'text' }>

/** Invents the answer: its text, tool calls and thoughts, why it ends, and the tokens that it costs. */
export function composeAnswer(order: AnswerOrder): Answer {
  const { prompt } = order
  if (prompt.refused === true) return refusal(order)
  const chance = new Chance(order.seedHex)
  const budget = Math.min(prompt.maxTokens ?? Infinity, order.modelMaxTokens ?? DEFAULT_MAX_TOKENS)
  const thought =
    prompt.reasoning === null ? null : think(order, chance, Math.min(budget, prompt.reasoning.budgetTokens))
  const left = budget - (thought === null ? 0 : estimateTokens(thought.text))
  const calls = order.scriptedText === null ? decideToolCalls(prompt, chance) : []
  const words =
    calls.length > 0 ? callIntroduction(order, calls) : (order.scriptedText ?? wordsOf(order, chance))
  const cites = calls.length === 0 && order.scriptedText === null && prompt.answerSchema === null
  const said = say([...(cites ? citingTexts(prompt) : []), { text: words }], left, prompt.stopSequences)
  const callTokens = calls.reduce((sum, call) => sum + blockTokens(call), 0)
  const callsFit = said.stopReason === 'end_turn' && callTokens <= left - said.tokens
  const stopReason =
    calls.length === 0 || said.stopReason !== 'end_turn'
      ? said.stopReason
      : callsFit
        ? 'tool_use'
        : 'max_tokens'
  const blocks: AnswerBlock[] = []
  if (thought !== null) blocks.push(thought)
  blocks.push(...said.blocks)
  if (callsFit) blocks.push(...calls)
  return {
    blocks,
    stopReason,
    stopSequence: said.stopSequence,
    usage: { ...order.promptUsage, outputTokens: blocks.reduce((sum, block) => sum + blockTokens(block), 0) },
  }
}

/** The vendor's safeguard ends an answer before its first word, and bills the word that it did not let out. */
function refusal(order: AnswerOrder): Answer {
  const usage = { ...order.promptUsage, outputTokens: 1 }
  return { blocks: [], stopReason: 'refusal', stopSequence: null, usage }
}

/** Output tokens of one block; a signature is free. */
export function blockTokens(block: AnswerBlock): number {
  if (block.kind === 'toolUse') {
    const { input, name, search } = block
    const searching = search === undefined ? 0 : estimateTokens(search.tool + JSON.stringify(search.input))
    return estimateTokens(name) + estimateTokens(JSON.stringify(input)) + searching
  }
  return estimateTokens(block.text)
}

function think(
  order: AnswerOrder,
  chance: Chance,
  tokens: number,
): Extract<AnswerBlock, { kind: 'reasoning' }> {
  const asked = excerpt(lastUserText(order.prompt), 120)
  const opening = asked === '' ? 'There is no text to go on.' : `The user writes: “${asked}”.`
  const task = { opening, topics: topicsOf(asked), tokens: chance.between(24, 60) }
  const text = cutAt(writeProse(task, chance), charactersOf(Math.max(1, tokens)))
  const unproven = Buffer.from(chance.word(48)).toString('base64')
  const signature = order.sealThought?.(text) ?? unproven
  const { told, binding } = order.prompt.reasoning ?? {}
  return {
    kind: 'reasoning',
    text,
    signature,
    ...(told === undefined ? {} : { told }),
    ...(binding === undefined ? {} : { binding }),
  }
}

function wordsOf(order: AnswerOrder, chance: Chance): string {
  const { prompt } = order
  if (prompt.answerSchema !== null) return schemaText(prompt.answerSchema, prompt, chance)
  const asked = lastUserText(prompt)
  const introduction = introductionOf(order)
  if (prompt.messages.at(-1)?.role === 'assistant') {
    return writeProse(
      { opening: 'To go on:', topics: topicsOf(asked), tokens: wantedTokens(asked, chance) },
      chance,
    )
  }
  const opening = [introduction, ...attachments(prompt), ...occasion(prompt, asked)].join(' ')
  return writeProse({ opening, topics: topicsOf(asked), tokens: wantedTokens(asked, chance) }, chance)
}

function introductionOf(order: AnswerOrder): string {
  const where = order.region === null ? '' : ` in ${order.region}`
  return `This is ${order.modelName} (simulated)${where}.`
}

function occasion(prompt: Prompt, asked: string): readonly string[] {
  if (answersToolResult(prompt)) {
    const results = prompt.messages.at(-1)?.blocks.filter((block) => block.kind === 'toolResult') ?? []
    return results.map((result) => {
      const verb = result.failed ? 'failed with' : 'returned'
      return `The tool ${verb}: ${excerpt(result.text, 300)}.`
    })
  }
  const heard = excerpt(asked, 160)
  if (heard === '') return []
  return [heard.endsWith('?') ? `You asked: “${heard}”` : `You wrote: “${heard}”.`]
}

function attachments(prompt: Prompt): readonly string[] {
  const blocks = prompt.messages.findLast((message) => message.role === 'user')?.blocks ?? []
  const images = blocks.filter((block) => block.kind === 'image').length
  const documents = blocks.filter((block) => block.kind === 'document').map((block) => block.name)
  const seen =
    images === 0 ? [] : [images === 1 ? 'I looked at your image.' : `I looked at your ${images} images.`]
  return documents.length === 0 ? seen : [...seen, `I read ${documents.join(', ')}.`]
}

function callIntroduction(order: AnswerOrder, calls: readonly { readonly name: string }[]): string {
  if (order.prompt.toolChoice.kind !== 'auto') return ''
  const names = [...new Set(calls.map((call) => call.name))].join(' and ')
  return `${introductionOf(order)} I will call ${names}.`
}

function schemaText(schema: JsonValue, prompt: Prompt, chance: Chance): string {
  return JSON.stringify(
    schemaInstance(schema, { chance, names: topicsOf(lastUserText(prompt)), numbers: [] }),
  )
}

interface Said extends Pick<Limited, 'stopReason' | 'stopSequence'> {
  readonly blocks: readonly TextBlock[]
  readonly tokens: number
}

/** Says one text after the other, each a block of its own, until one of them is cut. */
function say(
  texts: readonly (Pick<CitingText, 'text'> & Partial<CitingText>)[],
  tokens: number,
  stopSequences: readonly string[],
): Said {
  const blocks: TextBlock[] = []
  let used = 0
  for (const { text, ...rest } of texts) {
    const limited = limit(text, tokens - used, stopSequences)
    if (limited.text !== '') blocks.push({ kind: 'text', text: limited.text, ...rest })
    used += estimateTokens(limited.text)
    if (limited.stopReason !== 'end_turn') return { ...limited, blocks, tokens: used }
  }
  return { blocks, tokens: used, stopReason: 'end_turn', stopSequence: null }
}

interface Limited {
  readonly text: string
  readonly stopReason: StopReason
  readonly stopSequence: string | null
}

/** Ends the text at the first stop sequence, or at the token limit, whichever comes first. */
function limit(text: string, tokens: number, stopSequences: readonly string[]): Limited {
  const allowed = estimateTokens(text) <= tokens ? text : cutAt(text, charactersOf(Math.max(0, tokens)))
  let end = -1
  let stopSequence: string | null = null
  for (const sequence of stopSequences) {
    const at = sequence === '' ? -1 : allowed.indexOf(sequence)
    if (at !== -1 && (end === -1 || at < end)) {
      end = at
      stopSequence = sequence
    }
  }
  if (stopSequence !== null) return { text: allowed.slice(0, end), stopReason: 'stop_sequence', stopSequence }
  return { text: allowed, stopReason: allowed === text ? 'end_turn' : 'max_tokens', stopSequence: null }
}
