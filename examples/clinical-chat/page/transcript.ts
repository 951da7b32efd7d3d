import { page } from './page.ts'

/** Text is always text here: what models and operators write is never markup. */
function element(tag: 'li' | 'p' | 'span', className: string, text: string): HTMLElement {
  const made = document.createElement(tag)
  made.className = className
  made.textContent = text
  made.dir = 'auto'
  return made
}

/** Follows what is written, unless the reader has scrolled up to read. */
function add(write: () => void): void {
  const { talk } = page
  const follows = talk.scrollHeight - talk.scrollTop - talk.clientHeight < 80
  write()
  if (follows) talk.scrollTop = talk.scrollHeight
}

export function addOwn(text: string): void {
  const message = element('li', 'message own', '')
  message.append(element('p', 'words', text))
  add(() => page.messages.append(message))
  page.talk.scrollTop = page.talk.scrollHeight
}

/** An answer while it comes. */
export interface Answer {
  text(): string
  write(more: string): void
  /** Who gave it; or why it is not whole. */
  end(by: string, isWhole: boolean): void
  remove(): void
}

export function addAnswer(): Answer {
  const message = element('li', 'message', '')
  const words = element('p', 'words', '…')
  let text = ''
  message.setAttribute('aria-busy', 'true')
  message.append(words)
  add(() => page.messages.append(message))
  return {
    text: () => text,
    write: (more) =>
      add(() => {
        text += more
        words.textContent = text
      }),
    end: (by, isWhole) =>
      add(() => {
        message.removeAttribute('aria-busy')
        words.textContent = text
        message.append(element('p', isWhole ? 'by' : 'by alarm', by))
      }),
    remove: () => message.remove(),
  }
}

/** A line between messages: from here on another model answers. */
export function addChange(text: string): void {
  const line = element('li', 'change', '')
  line.append(element('span', '', text))
  add(() => page.messages.append(line))
}
