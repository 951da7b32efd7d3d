import type { AnswerCitation } from './answer.ts'
import type { CitableDocument, Prompt } from './prompt.ts'
import { cutAt } from './prose.ts'

/** A sentence of an answer, with the place in the prompt on which it rests. */
export interface CitingText {
  readonly text: string
  readonly citations: readonly AnswerCitation[]
}

const MOST_CITED = 3
const LONGEST_CITED = 240

/** One sentence for each document of the prompt that wants to be cited, three at most; each rests on its beginning. */
export function citingTexts(prompt: Prompt): readonly CitingText[] {
  const documents = prompt.messages
    .flatMap((message) => message.blocks)
    .filter((block) => block.kind === 'document')
  return documents
    .flatMap((document, index) => (document.citable === undefined ? [] : [cite(document.citable, index)]))
    .slice(0, MOST_CITED)
}

function cite(document: CitableDocument, documentIndex: number): CitingText {
  const place = placeIn(document)
  const title = document.title ?? `document ${documentIndex + 1}`
  return {
    text: `According to ${title}: “${place.citedText.trim()}” `,
    citations: [{ documentIndex, documentTitle: document.title, ...place }],
  }
}

function placeIn(document: CitableDocument): Pick<AnswerCitation, 'unit' | 'start' | 'end' | 'citedText'> {
  const { content } = document
  switch (content.form) {
    case 'text': {
      const sentence = /^\s*[^.!?\n]*[.!?]?/.exec(content.text)?.[0] ?? ''
      const citedText = cutAt(sentence === '' ? content.text : sentence, LONGEST_CITED)
      return { unit: 'characters', start: 0, end: citedText.length, citedText }
    }
    case 'blocks': {
      const position = Math.max(
        0,
        content.texts.findIndex((text) => text.trim() !== ''),
      )
      const citedText = content.texts[position] ?? ''
      return { unit: 'blocks', start: position, end: position + 1, citedText }
    }
    case 'pages':
      return { unit: 'pages', start: 1, end: 2, citedText: 'The first page of the document.' }
  }
}
