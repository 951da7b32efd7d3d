/** An argument, or a block with members of its own. */
export interface Member {
  readonly name: string
  /** Of a block: `resource "aws_iam_role" "function"` has two. */
  readonly labels: readonly string[]
  /** An argument's text, over however many lines. */
  readonly expression: string
  /** Null = it is an argument. */
  readonly members: readonly Member[] | null
}

const blockHead = /^\s*([\w-]+)((?:\s+"[^"]*")*)\s*\{\s*(\})?\s*$/
const argumentHead = /^\s*([\w-]+)\s*=\s*(.*)$/

const depthOf = (text: string): number => {
  const bare = text.replaceAll(/"(?:[^"\\]|\\.)*"/g, '')
  return [...bare].reduce(
    (depth, mark) => depth + Number('([{'.includes(mark)) - Number(')]}'.includes(mark)),
    0,
  )
}

/** The part of HCL that our files are written in, formatted: a member begins its line. Throws for any other line. */
export function readTerraform(text: string): readonly Member[] {
  const lines = text.split('\n').filter((line) => !/^\s*(#.*)?$/.test(line))
  let at = 0
  const members = (ends: boolean): Member[] => {
    const found: Member[] = []
    for (;;) {
      const line = lines[at]
      if (line === undefined) {
        if (ends) throw new Error('a block is not closed')
        return found
      }
      at += 1
      if (ends && line.trim() === '}') return found
      const [, block, labels = '', closed] = blockHead.exec(line) ?? []
      if (block !== undefined) {
        const names = [...labels.matchAll(/"([^"]*)"/g)].map(([, label = '']) => label)
        found.push({
          name: block,
          labels: names,
          expression: '',
          members: closed === undefined ? members(true) : [],
        })
        continue
      }
      const [, name, first = ''] = argumentHead.exec(line) ?? []
      if (name === undefined) throw new Error(`not understood: ${line}`)
      let expression = first
      while (depthOf(expression) > 0) {
        const next = lines[at++]
        if (next === undefined) throw new Error(`not closed: ${line}`)
        expression += `\n${next}`
      }
      found.push({ name, labels: [], expression, members: null })
    }
  }
  return members(false)
}
