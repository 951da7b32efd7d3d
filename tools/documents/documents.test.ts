import { describe, expect, test } from 'vitest'
import { readBlocks, readExamples } from './blocks.ts'
import { idsWhereLike } from './like.ts'
import { readHeadings, readLinks, readScriptNames } from './links.ts'

const page = `# Ask it \`now\`

See [the other](docs/other.md#the-way) and [the web](https://example.com), not \`[this](x.md)\`.
<img src="docs/a.svg">

\`\`\`sh run
npm run --silent pointsman -- chat
\`\`\`

It prints:

\`\`\`text like
[not a link](y.md)
\`\`\`

\`\`\`sh
npm run serve
\`\`\`
`

describe('blocks', () => {
  test('are read with their language, marks and line', () => {
    expect(readBlocks(page)).toEqual([
      { language: 'sh', words: ['run'], text: 'npm run --silent pointsman -- chat', line: 6 },
      { language: 'text', words: ['like'], text: '[not a link](y.md)', line: 12 },
      { language: 'sh', words: [], text: 'npm run serve', line: 16 },
    ])
  })

  test('an example is what is run, with what it prints', () => {
    expect(readExamples(page)).toMatchObject([{ run: { line: 6 }, prints: '[not a link](y.md)' }])
  })

  test('an output without a command, and a block without an end, are refused', () => {
    expect(() => readExamples('```text like\na\n```\n')).toThrow('line 1')
    expect(() => readBlocks('a\n```sh\nb\n')).toThrow('line 2')
  })
})

describe('what was printed is like what is shown', () => {
  test.each([
    ['a … z', 'a b\nc z'],
    ['id 11111111-2222-3333-4444-555555555555 made', 'id f3d1c1c0-96a4-4a8e-b9cf-0123456789ab made'],
    ['at 2026-11-21 01:19:56', 'at 2027-01-02 03:04:05'],
    ['took 12 ms', 'took 1.5 s'],
    ['A    B', 'A  B'],
    ['$1 (a|b) [c]', '$1 (a|b) [c]\n\n'],
    ['a', 'a   '],
  ])('%j and %j', (shown, printed) => {
    expect(idsWhereLike(shown, printed)).not.toBeNull()
  })

  test.each([
    ['a', 'b'],
    ['a', 'a\nb'],
    ['took 12 ms', 'took long'],
    ['cost $1', 'cost $2'],
    ['a.c', 'abc'],
    ['A  B', 'A B'],
  ])('%j is not %j', (shown, printed) => {
    expect(idsWhereLike(shown, printed)).toBeNull()
  })

  test('the ids that were printed are told by those that are shown', () => {
    const [shown, printed] = ['9041233d-3d57-4120-8604-a17a3ecd5786', 'fee04cc5-fab6-4237-b8bf-5f798db56f72']
    expect(idsWhereLike(`made ${shown} … 5 ms`, `made ${printed} in 7 ms`)).toEqual(
      new Map([[shown, printed]]),
    )
  })
})

test('links, headings and script names are found in prose', () => {
  expect(readLinks(page)).toEqual([
    { to: 'docs/other.md', heading: 'the-way', line: 3 },
    { to: 'docs/a.svg', heading: null, line: 4 },
  ])
  expect(readHeadings(page)).toEqual(['ask-it-now'])
  expect(readScriptNames(page)).toEqual(['pointsman', 'serve'])
})
