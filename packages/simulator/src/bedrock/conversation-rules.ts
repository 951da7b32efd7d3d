import type { PromptBlock, PromptMessage } from '../answer/prompt.ts'
import { validation } from './failure.ts'

/** Checks what Converse demands of a conversation as a whole: the order of roles, and results that answer calls. */
export function checkConversation(messages: readonly PromptMessage[], hasTools: boolean): void {
  const [first] = messages
  if (first === undefined || first.role !== 'user') {
    throw validation(
      'A conversation must start with a user message. Try again with a conversation that starts with a user message.',
    )
  }
  messages.forEach((message, index) => {
    if (message.role === messages[index - 1]?.role) {
      throw validation(
        'A conversation must alternate between user and assistant roles. Make sure the conversation alternates between user and assistant roles and try again.',
      )
    }
    checkBlocksOfRole(message, index)
    checkDocuments(message)
    checkToolResults(message, messages[index - 1], index)
  })
  const talksOfTools = messages.some((message) =>
    message.blocks.some((block) => block.kind === 'toolUse' || block.kind === 'toolResult'),
  )
  if (talksOfTools && !hasTools) {
    throw validation('The toolConfig field must be defined when using toolUse and toolResult content blocks.')
  }
}

function checkBlocksOfRole(message: PromptMessage, index: number): void {
  const refused =
    message.role === 'user'
      ? (['toolUse', 'reasoning'] as const)
      : (['toolResult', 'image', 'document'] as const)
  const found = message.blocks.find((block) => refused.some((kind) => kind === block.kind))
  if (found === undefined) return
  const other = message.role === 'user' ? 'assistant' : 'user'
  throw validation(
    `The ${found.kind} content block at messages.${index}.content is not supported for the ${message.role} role. ` +
      `Use it in a message of the ${other} role and try again.`,
  )
}

function checkDocuments({ blocks }: PromptMessage): void {
  const holds = (kind: PromptBlock['kind']): boolean => blocks.some((block) => block.kind === kind)
  if (!holds('document') || holds('text')) return
  throw validation(
    'A text block must be included when using documents. Add a text block and retry your request.',
  )
}

function checkToolResults(message: PromptMessage, previous: PromptMessage | undefined, index: number): void {
  if (message.role !== 'user') return
  const called = previous?.blocks.flatMap((block) => (block.kind === 'toolUse' ? [block.id] : [])) ?? []
  const answered = message.blocks.flatMap((block) => (block.kind === 'toolResult' ? [block.toolUseId] : []))
  if (answered.length > called.length) {
    throw validation(
      `The number of toolResult blocks at messages.${index}.content exceeds the number of toolUse blocks of previous turn.`,
    )
  }
  const open = called.filter((id) => !answered.includes(id))
  if (open.length > 0) {
    throw validation(
      `Expected toolResult blocks at messages.${index}.content for the following Ids: ${open.join(', ')}`,
    )
  }
}
