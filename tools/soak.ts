import { spawnSync } from 'node:child_process'
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { promises, type KeptPromise } from '../tests/faults/promises.ts'
import { root } from '../tests/server.ts'

/**
 * `npm run soak [-- -t T36]`: the long form of every fault test, one file after the other, or of the promise that is named.
 * Other arguments go to Vitest.
 */
const given = process.argv.slice(2)
const name = given.includes('-t') ? (given[given.indexOf('-t') + 1] ?? '') : ''
const kept: readonly KeptPromise[] = promises
const named = kept.find(({ id }) => name.startsWith(id))
const all = [
  ...globSync('tests/faults/**/*.test.ts', { cwd: root }),
  ...kept.flatMap(({ test }) => test ?? []),
]
const says = (file: string): boolean =>
  named === undefined || readFileSync(join(root, file), 'utf8').includes(named.id)
const files = new Set(all.filter(says))
const limitMs = 20 * 60_000
const args = ['run', ...files, '--no-file-parallelism', `--testTimeout=${limitMs}`, ...given]
const { status } = spawnSync(process.execPath, [join(root, 'node_modules/vitest/vitest.mjs'), ...args], {
  cwd: root,
  stdio: 'inherit',
  env: { ...process.env, POINTSMAN_SOAK: '1', POINTSMAN_REQUIRE_POSTGRES: '1' },
})
process.exitCode = status ?? 1
