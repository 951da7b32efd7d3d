import { build } from '../elements/build.ts'

export interface Question<Answer> {
  /** BCP 47. */
  readonly language: string
  /** Has an element with the id `title`. */
  readonly content: (answer: (answer: Answer) => void) => readonly Node[]
  /** What it means to leave without an answer. */
  readonly dismissed: Answer
  /** Leaves without an answer. */
  readonly signal: AbortSignal | undefined
}

/**
 * A native modal dialog in the shadow of its element: the browser holds the focus in it, closes it on Escape, and gives the
 * focus back to where it was.
 */
export function ask<Answer>(
  host: HTMLElement,
  root: ShadowRoot,
  question: Question<Answer>,
): Promise<Answer> {
  const { dismissed, language, signal } = question
  const answered = Promise.withResolvers<Answer>()
  let given = dismissed
  const content = question.content((answer) => {
    given = answer
    dialog.close()
  })
  const dialog = build('dialog', 'dialog', {
    attributes: { 'aria-labelledby': 'title', lang: language },
    children: content,
  })
  const leave = (): void => dialog.close()
  dialog.addEventListener('close', () => {
    signal?.removeEventListener('abort', leave)
    host.remove()
    answered.resolve(given)
  })
  root.append(dialog)
  // What a page outside of a shadow root can be asked for: that it is covered.
  host.setAttribute('data-modal', '')
  dialog.showModal()
  if (signal?.aborted) leave()
  else signal?.addEventListener('abort', leave)
  return answered.promise
}
