import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** Path from the repository's root, with forward slashes → text. Files with a zero byte are left out. */
export type Tree = ReadonlyMap<string, string>

/** A broken law at a place. `line` counts from 1. */
export type Finding = {
  readonly path: string
  readonly line: number
  readonly law: string
  readonly says: string
}

/** Every file that git tracks or would track: a violation is found before its commit, in a fresh clone too. */
export function readTree(root: string): Tree {
  const listing = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], {
    cwd: root,
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
  })
  const paths = [...new Set(listing.split('\0'))].filter(
    (path) => path !== '' && existsSync(join(root, path)),
  )
  const texts = paths.map((path) => [path, readFileSync(join(root, path), 'utf8')] as const)
  return new Map(texts.filter(([, text]) => !text.includes('\0')))
}

/** Prints the findings as `path:line law: what is wrong`, and sets the exit code. */
export function report(findings: readonly Finding[], checked: string): void {
  for (const { path, line, law, says } of findings) console.error(`${path}:${line} ${law}: ${says}`)
  if (findings.length > 0) process.exitCode = 1
  console.log(findings.length === 0 ? `${checked}: all hold` : `${checked}: ${findings.length} broken`)
}

/** `engine` for `packages/engine/src/…`; null outside the rooms. */
export function roomOf(path: string): string | null {
  return /^packages\/([^/]+)\/src\//.exec(path)?.[1] ?? null
}

/** What only tests use: test files, folders named `testing`, and the conformance suite that providers pass. */
export function isTest(path: string): boolean {
  return (
    /\.test(-support)?\.tsx?$/.test(path) ||
    path.startsWith('tests/') ||
    /^packages\/[^/]+\/src\/(.*\/)?(testing|conformance)\//.test(path)
  )
}

export function isTypeScript(path: string): boolean {
  return /\.tsx?$/.test(path) && !path.endsWith('.d.ts')
}
