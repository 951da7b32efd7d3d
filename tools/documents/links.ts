/** A link of a document to another file of the repository; `to` is as written, without its `#` part. */
export interface Link {
  readonly to: string
  /** The heading that it names, or null. */
  readonly heading: string | null
  readonly line: number
}

const withoutCode = (line: string): string => line.replace(/`[^`]*`/g, '')

/** Lines outside fenced blocks, with their numbers. */
function* proseOf(document: string): Generator<readonly [string, number]> {
  let fence: string | null = null
  for (const [index, line] of document.split('\n').entries()) {
    const mark = /^`{3,}/.exec(line)?.[0] ?? null
    if (fence === null && mark === null) yield [line, index + 1]
    else if (fence === null) fence = mark
    else if (mark === fence) fence = null
  }
}

export function readLinks(document: string): readonly Link[] {
  const links: Link[] = []
  for (const [line, number] of proseOf(document)) {
    const targets = [...withoutCode(line).matchAll(/\]\(([^)\s]+)\)|\b(?:src|srcset|href)="([^"]+)"/g)]
    for (const target of targets) {
      const written = target[1] ?? target[2] ?? ''
      if (/^[a-z]+:/.test(written)) continue
      const [to = '', heading = null] = written.split('#')
      links.push({ to, heading, line: number })
    }
  }
  return links
}

/** The names by which headings are linked, as Git hosts make them. */
export function readHeadings(document: string): readonly string[] {
  const headings: string[] = []
  for (const [line] of proseOf(document)) {
    const text = /^#{1,6} (.*)$/.exec(line)?.[1]
    if (text === undefined) continue
    const name = text
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, '')
      .trim()
      .replace(/\s/g, '-')
    headings.push(name)
  }
  return headings
}

/** Names after `npm run` and `npm test`, in prose and in blocks. */
export function readScriptNames(document: string): readonly string[] {
  const named = [...document.matchAll(/\bnpm run (?:(?:--silent|-s) )?([\w:-]+)/g)].map(
    ([, name]) => name ?? '',
  )
  return /\bnpm test\b/.test(document) ? [...named, 'test'] : named
}
