import { execFile } from 'node:child_process'
import { existsSync, globSync, readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { errorTable } from '@pointsman/contract'
import { openEmbedded } from '@pointsman/registry/embedded'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { dataPlanePaths } from '../packages/gateway/src/routes.ts'
import { readExamples, type Block } from '../tools/documents/blocks.ts'
import { idsWhereLike } from '../tools/documents/like.ts'
import { firstSwitchPicture, pictureFile } from '../tools/draw-first-switch.ts'
import { readHeadings, readLinks, readScriptNames } from '../tools/documents/links.ts'
import { openShell, type ShellSession } from './shell-session.ts'
import { cleanEnvironment, removeFolder, root, startServer, temporaryFolder } from './server.ts'
import type { RunningServer } from './server.ts'

/**
 * The documents, held against the program: what they show is run as it stands, in their order, on one sandbox. Exchanged
 * are the address, the key, and ids of switches for those that an earlier command printed.
 */
const pages = ['README.md', ...globSync('docs/*.md', { cwd: root }).sort()]
const documents = new Map(pages.map((page) => [page, readFileSync(join(root, page), 'utf8')]))
const address = 'http://127.0.0.1:7070'

/** Everything that git could track: folders that hold other people's documents are left out. */
const markdown = globSync('**/*.md', {
  cwd: root,
  exclude: (path) => /(^|\/)(node_modules|\.git|\.pointsman|dist)$/.test(path),
})

let server: RunningServer
let folder: string
beforeAll(async () => {
  folder = await temporaryFolder()
  server = await startServer()
})
afterAll(async () => {
  await server.kill('SIGTERM')
  await removeFolder(server.dataDir)
  await removeFolder(folder)
})

const environment = (): NodeJS.ProcessEnv =>
  cleanEnvironment({
    POINTSMAN_URL: server.url,
    POINTSMAN_SERVICE_KEY: server.key,
    SUPABASE_URL: server.url,
    SUPABASE_SERVICE_KEY: server.key,
  })
/** Ids as the documents show them → as they were printed in this run. */
const printedIds = new Map<string, string>()
const here = (text: string): string =>
  [...printedIds].reduce(
    (told, [shown, printed]) => told.replaceAll(shown, printed),
    text.replaceAll(address, server.url).replaceAll('pm_service_…', server.key),
  )

/** A module in the repository's root, where the clients' packages are found. */
function runModule(code: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const options = { cwd: root, env: environment(), timeout: 80_000 }
    execFile(process.execPath, ['--input-type=module', '--eval', code], options, (error, out, err) => {
      if (error === null) resolve(`${out}${err}`)
      else reject(new Error(`${error.message}\n${out}${err}`))
    })
  })
}

function runBlock({ language, text }: Block, shell: ShellSession): Promise<string> {
  if (language === 'sh') return shell.run(here(text))
  if (language === 'js') return runModule(here(text))
  throw new Error(`nothing here runs a block of ${language}`)
}

const examplesOf = (document: string, wanted: (language: string) => boolean) =>
  readExamples(document).filter(({ run }) => wanted(run.language))

describe('examples print what the documents show', () => {
  for (const [page, document] of documents) {
    const examples = examplesOf(document, (language) => language !== 'sql')
    if (examples.length === 0) continue
    test(
      page,
      async () => {
        const shell = openShell(folder, { cwd: root, env: environment() })
        try {
          for (const { run, prints } of examples) {
            const printed = await runBlock(run, shell)
            if (prints === null) continue
            const ids = idsWhereLike(prints.replaceAll(address, server.url), printed)
            // The comparison itself is a pattern's; this one shows where they part.
            if (ids === null) expect(printed, `${page}:${run.line}`).toBe(prints)
            ids?.forEach((now, shown) => printedIds.set(shown, now))
          }
        } finally {
          await shell.close()
        }
      },
      300_000,
    )
  }

  test('SQL statements, on what the examples left behind', async () => {
    await server.kill('SIGTERM')
    const database = await openEmbedded({ dataDir: join(server.dataDir, 'database'), watchdogMs: 60_000 })
    try {
      for (const [page, document] of documents) {
        for (const { run } of examplesOf(document, (language) => language === 'sql')) {
          const statements = run.text.split(/;[ \t]*$/m).filter((statement) => statement.trim() !== '')
          for (const statement of statements)
            await database.query(statement).catch((error: unknown) => {
              throw new Error(`${page}:${run.line}: ${String(error)}\n${statement}`)
            })
        }
      }
    } finally {
      await database.close()
    }
  }, 120_000)
})

describe('what the documents name exists', () => {
  const headingsOf = (path: string): readonly string[] => readHeadings(readFileSync(join(root, path), 'utf8'))

  test.each(markdown)('links of %s', (page) => {
    const broken = readLinks(readFileSync(join(root, page), 'utf8')).filter(({ to, heading }) => {
      const target = to === '' ? page : relative(root, join(root, dirname(page), to))
      if (!existsSync(join(root, target))) return true
      return heading !== null && target.endsWith('.md') && !headingsOf(target).includes(heading)
    })
    expect(broken).toEqual([])
  })

  test('files of the sources, however much of their path is named', () => {
    const known = globSync('{packages,tools,tests,bench,examples}/**/*.ts', {
      cwd: root,
      exclude: (path) => path.endsWith('node_modules'),
    }).flatMap((path) => [`/${path}`, `/${path.replace(/^packages\//, '').replace('/src/', '/')}`])
    const named = [...documents].flatMap(([page, document]) =>
      [...document.matchAll(/`([\w./-]+\.ts)`/g)].map(([, name = '']) => ({ page, name })),
    )
    expect(named.filter(({ name }) => !known.some((path) => path.endsWith(`/${name}`)))).toEqual([])
    expect(named.length).toBeGreaterThan(0)
  })

  test('npm scripts', () => {
    const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
      readonly scripts: { readonly [name: string]: string }
    }
    const named = [...documents.values()].flatMap((document) => readScriptNames(document))
    expect(named.filter((name) => !(name in scripts))).toEqual([])
    expect(named.length).toBeGreaterThan(0)
  })
})

test('the picture shows what the README shows', () => {
  expect(readFileSync(pictureFile, 'utf8')).toBe(firstSwitchPicture())
})

test('every path that models are asked at stands on a page', () => {
  const all = [...documents.values()].join('\n')
  const told = dataPlanePaths('NAME').map(([, path]) =>
    // Pages write a model's name in their own way.
    path.includes(':') ? path.replace(/.*:/, ':') : path.replace('/model/NAME', '').replace('/NAME', ''),
  )
  expect(told.filter((path) => !all.includes(path))).toEqual([])
})

test('docs/errors.md lists every error, with its status, and no other', () => {
  const rows = [...(documents.get('docs/errors.md') ?? '').matchAll(/^\| `(\w+)` \| (\d{3}) \|/gm)].map(
    ([, code, status]) => [code, Number(status)],
  )
  expect(Object.fromEntries(rows)).toEqual(
    Object.fromEntries(Object.entries(errorTable).map(([code, { status }]) => [code, status])),
  )
  expect(rows).toHaveLength(Object.keys(errorTable).length)
})
