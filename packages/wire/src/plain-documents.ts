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

/** A result of the caller's search is told as the text that it stands for. */
function plainText({ searchResult, ...text }: TextPart, warnings: WarningList): TextPart {
  if (searchResult?.cited === true) {
    warnings.add('messages', 'this model does not cite results of a search; they were sent as texts')
  }
  return text
}

type ResultItem = ToolResultPart['content'][number]

const plainResult = (part: ToolResultPart, warnings: WarningList): ToolResultPart => ({
  ...part,
  content: part.content.flatMap((item): readonly ResultItem[] => {
    if (item.kind === 'text') return [plainText(item, warnings)]
    return item.kind === 'document' ? plain(item, warnings) : [item]
  }),
})

function plainPart(part: ContentPart, warnings: WarningList): readonly ContentPart[] {
  if (part.kind === 'document') return plain(part, warnings)
  if (part.kind === 'text') return [plainText(part, warnings)]
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
  parts.some(
    (part) =>
      part.kind === 'document' ||
      part.kind === 'tool-result' ||
      (part.kind === 'text' && part.searchResult !== undefined),
  )
