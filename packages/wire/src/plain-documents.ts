import type {
  ChatCall,
  ChatMessage,
  ContentPart,
  DocumentPart,
  TextPart,
  ToolResultPart,
} from '@pointsman/contract'

import type { WarningList } from './warning-list.ts'

function plain(part: DocumentPart, warnings: WarningList): readonly (TextPart | DocumentPart)[] {
  const { cited, context, ...document } = part
  if (cited === true) {
    warnings.add('messages', 'this model does not cite documents; they were sent without citations')
  }
  // What the model is told of a document goes before it, as text.
  return context === undefined ? [document] : [{ kind: 'text', text: context }, document]
}

type ResultItem = ToolResultPart['content'][number]

const plainResult = (part: ToolResultPart, warnings: WarningList): ToolResultPart => ({
  ...part,
  content: part.content.flatMap((item): readonly ResultItem[] =>
    item.kind === 'document' ? plain(item, warnings) : [item],
  ),
})

function plainPart(part: ContentPart, warnings: WarningList): readonly ContentPart[] {
  if (part.kind === 'document') return plain(part, warnings)
  return [part.kind === 'tool-result' ? plainResult(part, warnings) : part]
}

/** The call for an API that cites no documents of the caller's and has no place for what is said of them. */
export function withPlainDocuments(call: ChatCall, warnings: WarningList): ChatCall {
  // Most have none, and stay what they are.
  if (!call.messages.some(mayHoldDocuments)) return call
  return {
    ...call,
    messages: call.messages.map((message) => ({
      ...message,
      parts: message.parts.flatMap((part) => plainPart(part, warnings)),
    })),
  }
}

const mayHoldDocuments = ({ parts }: ChatMessage): boolean =>
  parts.some(({ kind }) => kind === 'document' || kind === 'tool-result')
