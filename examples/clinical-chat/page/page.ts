/** The page's parts, by their ids. */
function part<Kind extends HTMLElement>(id: string, kind: new () => Kind): Kind {
  const found = document.getElementById(id)
  if (found instanceof kind) return found
  throw new Error(`the page has no "${id}"`)
}

export const page = {
  serving: part('serving', HTMLElement),
  change: part('change', HTMLButtonElement),
  anew: part('anew', HTMLButtonElement),
  talk: part('talk', HTMLElement),
  messages: part('messages', HTMLElement),
  trouble: part('trouble', HTMLElement),
  compose: part('compose', HTMLFormElement),
  text: part('text', HTMLTextAreaElement),
  send: part('send', HTMLButtonElement),
  stop: part('stop', HTMLButtonElement),
}

/** Null takes it away. */
export function tellTrouble(problem: string | null): void {
  page.trouble.hidden = problem === null
  page.trouble.textContent = problem
}

export const problemOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))
