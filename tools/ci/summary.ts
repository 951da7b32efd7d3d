import { existsSync, readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'

import type { ErrorsOfHooks } from './errors-of-hooks.ts'
import { outcomeOf, tally } from './tally.ts'
import type { Check, TestRun } from './tally.ts'

/** `node tools/ci/summary.ts <folder>`: counts what `.ci/run` left there, names what failed, ends with one line. */
const folder = process.argv[2] ?? '.'

function read(name: string): string | null {
  const path = join(folder, name)
  return existsSync(path) ? readFileSync(path, 'utf8') : null
}

function readRuns(): readonly TestRun[] {
  const exits = readdirSync(folder).filter((file) => file.endsWith('.exit'))
  return exits.map((file) => {
    const name = file.slice(0, -'.exit'.length)
    const hooks = read(`${name}.hooks`)
    return {
      name,
      report: read(`${name}.json`),
      exitCode: Number(readFileSync(join(folder, file), 'utf8')),
      errorsOfHooks: hooks === null ? {} : (JSON.parse(hooks) as ErrorsOfHooks),
    }
  })
}

function readChecks(): readonly Check[] {
  const lines = read('checks')?.trim().split('\n') ?? []
  return lines.map((line) => ({
    name: line.slice(line.indexOf(' ') + 1),
    outcome: outcomeOf(line.slice(0, line.indexOf(' '))),
  }))
}

const short = (name: string): string => name.replace(`${process.cwd()}/`, '')
const { failed, messages, passed, skipped } = tally(readRuns(), readChecks())
for (const name of skipped) console.log(`skipped: ${short(name)}`)
for (const name of failed) {
  console.log(`failed: ${short(name)}`)
  // Who sees only the end of a long log learns here what it was.
  const message = messages.get(name)
  if (message !== undefined) console.log(message.replace(/^/gm, '    '))
}
if (failed.length > 0 || passed.length === 0) process.exitCode = 1
// npm ci is the check that brought this script here.
console.log(`${passed.length + 1} passed, ${failed.length} failed, ${skipped.length} skipped`)
