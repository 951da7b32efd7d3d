import type { JsonValue } from '../json.ts'

/** A place up to which the prompt may be cached. */
export interface CachePoint {
  readonly kind: 'cachePoint'
  readonly timeToLive: '5m' | '1h'
}

export interface TextBlock {
  readonly kind: 'text'
  readonly text: string
}

/** What of a document can be cited, in the form in which its citations tell the place. */
export type CitableText =
  | { readonly form: 'text'; readonly text: string }
  | { readonly form: 'blocks'; readonly texts: readonly string[] }
  /** Its text is not known here: citations name the first page. */
  | { readonly form: 'pages' }

/** A document of which the caller wants citations. */
export interface CitableDocument {
  readonly title: string | null
  readonly content: CitableText
}

/** One piece of a message, the same for every vendor. Byte counts are of the decoded content. */
export type PromptBlock =
  | TextBlock
  | CachePoint
  | { readonly kind: 'image'; readonly bytes: number; readonly digest: string }
  | {
      readonly kind: 'document'
      readonly name: string
      readonly bytes: number
      readonly digest: string
      readonly citable?: CitableDocument
    }
  | { readonly kind: 'media'; readonly digest: string }
  | {
      readonly kind: 'reasoning'
      readonly text: string
      /** Left out where the face has looked at it, and null where the caller gave none. */
      readonly signature?: string | null
      /** What proves it, of a text or of none, as it came. */
      readonly seal?: string
    }
  | { readonly kind: 'toolUse'; readonly id: string; readonly name: string; readonly input: JsonValue }
  /** Of tools whose loading was put off, by the vendor. */
  | { readonly kind: 'toolSearch'; readonly id: string; readonly name: string }
  | { readonly kind: 'foundTools'; readonly searchId: string; readonly names: readonly string[] }
  | {
      readonly kind: 'toolResult'
      readonly toolUseId: string
      readonly text: string
      readonly failed: boolean
    }

export interface PromptMessage {
  readonly role: 'user' | 'assistant'
  readonly blocks: readonly PromptBlock[]
}

export interface PromptTool {
  readonly kind: 'tool'
  readonly name: string
  readonly description: string
  readonly schema: JsonValue
  /** The model does not see it before it looks for it. */
  readonly isDeferred?: boolean
  /** It looks for such tools, at the vendor: what its input's member is called. */
  readonly searches?: 'pattern' | 'query'
}

export type ToolChoice =
  | { readonly kind: 'auto' }
  | { readonly kind: 'any' }
  | { readonly kind: 'none' }
  | { readonly kind: 'tool'; readonly name: string }

/** How a model's thoughts reach the caller: as text, as a signature alone, or encrypted. */
export type ThoughtTelling = 'shown' | 'hidden' | 'redacted'

export interface ReasoningWish {
  readonly budgetTokens: number
  readonly told?: ThoughtTelling
  /** What its thoughts are bound to, where the vendor binds them. */
  readonly binding?: Buffer
}

/** What a request asks for, read from any vendor's body and found valid. */
export interface Prompt {
  readonly system: readonly (TextBlock | CachePoint)[]
  readonly messages: readonly PromptMessage[]
  readonly tools: readonly (PromptTool | CachePoint)[]
  readonly toolChoice: ToolChoice
  readonly mayCallInParallel: boolean
  readonly maxTokens: number | null
  readonly stopSequences: readonly string[]
  /** Set when the model is to think. */
  readonly reasoning: ReasoningWish | null
  /** Set when the caller asked for JSON of this schema. */
  readonly answerSchema: JsonValue | null
  /** Set where the vendor's own safeguard would end the answer. */
  readonly refused?: boolean
}

/** The tools without the cache points between them. */
export function offeredTools(prompt: Prompt): readonly PromptTool[] {
  return prompt.tools.filter((tool) => tool.kind === 'tool')
}

/** The text of the last user message; empty where that message holds none. */
export function lastUserText(prompt: Pick<Prompt, 'messages'>): string {
  const last = prompt.messages.findLast((message) => message.role === 'user')
  if (last === undefined) return ''
  return last.blocks
    .filter((block) => block.kind === 'text')
    .map((block) => block.text)
    .join('\n')
}
