import type { AnswerBlock, AnswerCitation, AnswerPart, ToolSearch } from '../answer/answer.ts'
import type { ThoughtTelling } from '../answer/prompt.ts'
import { redactThought, sealThought } from './thought-seal.ts'
import { foundBlock, searchBlock } from './tool-search.ts'

/** How one face writes Claude's content. */
export interface BlockManner {
  /** `toolu_01` on the Anthropic API, `toolu_bdrk_` on Bedrock. */
  readonly toolIdPrefix: string
  /** Members that a call has beside id, name and input. */
  readonly callMembers: Readonly<Record<string, unknown>>
}

type Thought = Extract<AnswerBlock, { kind: 'reasoning' }>
type Json = Readonly<Record<string, unknown>>

/** A block of a whole message, with what was looked for before it. */
export function wholeBlocks(block: AnswerBlock, manner: BlockManner): readonly Json[] {
  const whole = wholeBlock(block, manner)
  const search = searchOf(block)
  if (search === null) return [whole]
  const { toolIdPrefix } = manner
  const asked = { ...searchBlock(search, toolIdPrefix, search.input), ...manner.callMembers }
  return [asked, foundBlock(search, toolIdPrefix), whole]
}

const searchOf = (block: AnswerBlock | undefined): ToolSearch | null =>
  block?.kind === 'toolUse' ? (block.search ?? null) : null

function wholeBlock(block: AnswerBlock, manner: BlockManner): Json {
  switch (block.kind) {
    case 'text':
      return block.citations === undefined
        ? { type: 'text', text: block.text }
        : { type: 'text', text: block.text, citations: block.citations.map(citation) }
    case 'reasoning':
      if (block.told === 'redacted') return redacted(block)
      return {
        type: 'thinking',
        thinking: block.told === 'hidden' ? '' : block.text,
        signature: signatureOf(block),
      }
    case 'toolUse':
      return toolUse(block, manner, block.input)
  }
}

/** The events of a stream that tell a block or a piece of one; none for a part that has none. */
export function blockEvents(part: AnswerPart, manner: BlockManner, blocks: readonly AnswerBlock[]): Json[] {
  if (!('index' in part)) return []
  const block = blocks[part.index]
  // A search and its result are two blocks before the one that they are for.
  const before = blocks.slice(0, part.index + 1).filter((one) => searchOf(one) !== null)
  const index = part.index + 2 * before.length
  switch (part.kind) {
    case 'blockStart':
      return [
        ...searchEvents(searchOf(block), index - 2, manner),
        started(index, openedBlock(part.block, manner)),
      ]
    case 'textDelta':
      return [delta(index, { type: 'text_delta', text: part.text })]
    case 'reasoningDelta': {
      const told = toldOf(block)
      return told === 'shown' ? [delta(index, { type: 'thinking_delta', thinking: part.text })] : []
    }
    case 'signature': {
      if (block?.kind !== 'reasoning' || block.told === 'redacted') return []
      return [delta(index, { type: 'signature_delta', signature: signatureOf(block) })]
    }
    case 'toolDelta':
      return [delta(index, { type: 'input_json_delta', partial_json: part.json })]
    case 'blockStop': {
      const citations = block?.kind === 'text' ? (block.citations ?? []) : []
      return [
        ...citations.map((cited) => delta(index, { type: 'citations_delta', citation: citation(cited) })),
        stopped(index),
      ]
    }
  }
}

function searchEvents(search: ToolSearch | null, index: number, manner: BlockManner): readonly Json[] {
  if (search === null) return []
  const { callMembers, toolIdPrefix } = manner
  const json = JSON.stringify(search.input)
  const pieces = ['', json.slice(0, 12), json.slice(12)]
  return [
    started(index, { ...searchBlock(search, toolIdPrefix, {}), ...callMembers }),
    ...pieces.map((piece) => delta(index, { type: 'input_json_delta', partial_json: piece })),
    stopped(index),
    started(index + 1, foundBlock(search, toolIdPrefix)),
    stopped(index + 1),
  ]
}

const started = (index: number, block: Json): Json => ({
  type: 'content_block_start',
  index,
  content_block: block,
})

const stopped = (index: number): Json => ({ type: 'content_block_stop', index })

function openedBlock(block: AnswerBlock, manner: BlockManner): Json {
  switch (block.kind) {
    case 'text':
      return block.citations === undefined
        ? { type: 'text', text: '' }
        : { type: 'text', text: '', citations: [] }
    case 'reasoning':
      return block.told === 'redacted' ? redacted(block) : { type: 'thinking', thinking: '', signature: '' }
    case 'toolUse':
      return toolUse(block, manner, {})
  }
}

function toolUse(
  block: Extract<AnswerBlock, { kind: 'toolUse' }>,
  manner: BlockManner,
  input: unknown,
): Json {
  const id = `${manner.toolIdPrefix}${block.id}`
  return { type: 'tool_use', id, name: block.name, input, ...manner.callMembers }
}

function toldOf(block: AnswerBlock | undefined): ThoughtTelling | null {
  return block?.kind === 'reasoning' ? (block.told ?? 'shown') : null
}

function redacted(block: Thought): Json {
  return { type: 'redacted_thinking', data: redactThought(block.text, block.binding) }
}

function signatureOf(block: Thought): string {
  return sealThought(block.told === 'hidden' ? '' : block.text, block.text, block.binding)
}

function delta(index: number, change: Json): Json {
  return { type: 'content_block_delta', index, delta: change }
}

function citation(cited: AnswerCitation): Json {
  const head = {
    cited_text: cited.citedText,
    document_index: cited.documentIndex,
    document_title: cited.documentTitle,
    file_id: null,
  }
  switch (cited.unit) {
    case 'characters':
      return {
        type: 'char_location',
        ...head,
        start_char_index: cited.start,
        end_char_index: cited.end,
      }
    case 'blocks':
      return {
        type: 'content_block_location',
        ...head,
        start_block_index: cited.start,
        end_block_index: cited.end,
      }
    case 'pages':
      return {
        type: 'page_location',
        ...head,
        start_page_number: cited.start,
        end_page_number: cited.end,
      }
  }
}
