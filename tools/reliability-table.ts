import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { format, resolveConfig } from 'prettier'
import { figuresFolder, type Figure } from '../tests/faults/figures.ts'
import { promises } from '../tests/faults/promises.ts'
import { root } from '../tests/server.ts'

/** `node tools/reliability-table.ts [--check]`: writes the table of `docs/reliability.md` from promises and figures. */
const page = join(root, 'docs/reliability.md')
const begin = '<!-- table: npm run soak:table -->'
const end = '<!-- end of table -->'

function figureOf(id: string): string {
  const path = join(figuresFolder, `${id}.json`)
  if (!existsSync(path)) return '–'
  const { text, measuredOn, cores } = JSON.parse(readFileSync(path, 'utf8')) as Figure
  return `${text} (${measuredOn}, ${cores} cores)`
}

const rows = promises.map(({ id, promise, test }: { id: string; promise: string; test: string | null }) => {
  const where = test === null ? 'not yet' : `[${test}](../${test})`
  return `| ${id} | ${promise} | ${where} | ${figureOf(id)} |`
})
const table = ['| id | promise | test | last long run |', '| --- | --- | --- | --- |', ...rows].join('\n')
const before = readFileSync(page, 'utf8')
const from = before.indexOf(begin)
const to = before.indexOf(end)
if (from === -1 || to === -1) throw new Error(`${page} has no place for the table: ${begin} … ${end}`)
const draft = `${before.slice(0, from + begin.length)}\n\n${table}\n\n${before.slice(to)}`
const after = await format(draft, { ...(await resolveConfig(page)), filepath: page })
if (process.argv.includes('--check')) {
  if (after !== before) throw new Error('docs/reliability.md is not what the figures say: npm run soak:table')
} else {
  writeFileSync(page, after)
}
