import type { Prompt, PromptBlock, PromptTool } from './prompt.ts'

/*
 * The simulator's tokenizer, the same for every model: four characters (UTF-16 units) are one token, rounded up for
 * each text; a message costs four more for its frame, a tool twelve; an image is 1,600 whatever its size, a document
 * one for twenty bytes, other media 1,000. Real tokenizers differ; what matters to a test is that the count follows
 * from the texts and that anyone can work it out.
 */
const CHARACTERS_PER_TOKEN = 4
const MESSAGE_TOKENS = 4
const TOOL_TOKENS = 12
const IMAGE_TOKENS = 1_600
const MEDIA_TOKENS = 1_000
const DOCUMENT_BYTES_PER_TOKEN = 20

/** Tokens of a text; 0 for an empty one. */
export function estimateTokens(text: string): number {
  return tokensOfLength(text.length)
}

/** Tokens of a text of so many characters. */
export function tokensOfLength(characters: number): number {
  return Math.ceil(characters / CHARACTERS_PER_TOKEN)
}

/** How many characters fit into so many tokens. */
export function charactersOf(tokens: number): number {
  return tokens * CHARACTERS_PER_TOKEN
}

/** Tokens of one block; a cache point costs nothing. */
export function estimateBlockTokens(block: PromptBlock): number {
  switch (block.kind) {
    case 'text':
    case 'reasoning':
      return estimateTokens(block.text)
    case 'image':
      return IMAGE_TOKENS
    case 'media':
      return MEDIA_TOKENS
    case 'document':
      return Math.ceil(block.bytes / DOCUMENT_BYTES_PER_TOKEN)
    case 'toolUse':
      return estimateTokens(block.name + JSON.stringify(block.input))
    case 'toolResult':
      return estimateTokens(block.text)
    case 'toolSearch':
      return estimateTokens(block.name)
    case 'foundTools':
      return estimateTokens(block.names.join(' '))
    case 'cachePoint':
      return 0
  }
}

/** Tokens of one offered tool. */
export function estimateToolTokens(tool: PromptTool): number {
  return TOOL_TOKENS + estimateTokens(tool.name + tool.description + JSON.stringify(tool.schema))
}

/** Tokens of a whole prompt, before any cache is looked at. */
export function estimatePromptTokens(prompt: Prompt): number {
  let tokens = 0
  for (const tool of prompt.tools) if (tool.kind === 'tool') tokens += estimateToolTokens(tool)
  for (const block of prompt.system) tokens += estimateBlockTokens(block)
  for (const message of prompt.messages) {
    tokens += MESSAGE_TOKENS
    for (const block of message.blocks) tokens += estimateBlockTokens(block)
  }
  return tokens
}

/** What a message costs beside its blocks. */
export const messageFrameTokens = MESSAGE_TOKENS
