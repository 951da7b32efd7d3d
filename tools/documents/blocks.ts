/** A fenced block of a Markdown document: "sh run" after the fence is language `sh`, words `run`. */
export interface Block {
  readonly language: string
  readonly words: readonly string[]
  readonly text: string
  /** Of the opening fence, from 1. */
  readonly line: number
}

/**
 * All fenced blocks of a document, in order. Marks that the documents use: `run` is run as it stands, `like` after
 * a block that is run is what it prints.
 */
export function readBlocks(document: string): readonly Block[] {
  const blocks: Block[] = []
  let open: { readonly fence: string; readonly info: string; readonly line: number } | null = null
  let lines: string[] = []
  for (const [index, line] of document.split('\n').entries()) {
    const fence = /^(`{3,})(.*)$/.exec(line)
    if (open === null) {
      if (fence !== null) open = { fence: fence[1] ?? '', info: (fence[2] ?? '').trim(), line: index + 1 }
      lines = []
    } else if (fence !== null && (fence[2] ?? '').trim() === '' && fence[1] === open.fence) {
      const [language = '', ...words] = open.info.split(/\s+/)
      blocks.push({ language, words, text: lines.join('\n'), line: open.line })
      open = null
    } else {
      lines.push(line)
    }
  }
  if (open !== null) throw new Error(`the block that begins in line ${open.line} has no end`)
  return blocks
}

/** One example: what is run and, where the document shows it, what that prints. */
export interface Example {
  readonly run: Block
  readonly prints: string | null
}

export function readExamples(document: string): readonly Example[] {
  const blocks = readBlocks(document)
  const stray = blocks.find(
    ({ words }, index) => words.includes('like') && blocks[index - 1]?.words.includes('run') !== true,
  )
  if (stray !== undefined)
    throw new Error(`the output in line ${stray.line} does not follow a block that is run`)
  return blocks.flatMap((run, index) => {
    if (!run.words.includes('run')) return []
    const next = blocks[index + 1]
    return [{ run, prints: next?.words.includes('like') === true ? next.text : null }]
  })
}
