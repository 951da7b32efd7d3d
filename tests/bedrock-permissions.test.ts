import { execFile } from 'node:child_process'
import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import {
  cleanEnvironment,
  removeFolder,
  root,
  startServer,
  temporaryFolder,
  type RunningServer,
} from './server.ts'

const policyFile = join(root, 'aws-deployment/iam-policies/bedrock-models-access.json')
const account = '111122223333'

let server: RunningServer
let folder: string
beforeAll(async () => {
  folder = await temporaryFolder()
  server = await startServer()
})
afterAll(async () => {
  await server.kill('SIGTERM')
  for (const each of [server.dataDir, folder]) await removeFolder(each)
})

interface Ran {
  readonly code: number
  readonly out: string
  readonly err: string
}

const run = (command: string, environment: { readonly [name: string]: string } = {}): Promise<Ran> =>
  new Promise((resolve) => {
    execFile(
      'sh',
      ['-c', command],
      { cwd: root, env: cleanEnvironment(environment), timeout: 60_000 },
      (error, out, err) => {
        resolve({ code: error === null ? 0 : Number(error.code ?? 1), out, err })
      },
    )
  })

const pointsman = (line: string): Promise<Ran> =>
  run(`node packages/pointsman/src/main.ts ${line}`, {
    POINTSMAN_URL: server.url,
    POINTSMAN_SERVICE_KEY: server.key,
  })

test('the policy in the tree is what the command prints for the default routes and the five vendors', async () => {
  const printed = await pointsman('iam policy --vendors amazon,anthropic,cohere,meta,mistral')
  expect(printed).toMatchObject({ code: 0, err: '' })
  await expect(printed.out).toMatchFileSnapshot(policyFile)
  const checked = await pointsman(`iam check ${policyFile}`)
  expect([checked.code, checked.out]).toEqual([0, expect.stringContaining('can be called')])
})

/**
 * AWS's command line as far as the script speaks to it: it keeps the role's policies in a folder, refuses what IAM
 * refuses, and writes down what it was asked. The same script runs against an independent IAM in CI (tests/python).
 */
async function standIn(at: string): Promise<{ readonly [name: string]: string }> {
  const bin = join(at, 'bin')
  await mkdir(bin, { recursive: true })
  const aws = join(bin, 'aws')
  await writeFile(
    aws,
    `#!/usr/bin/env node
const { appendFileSync, existsSync, readFileSync, writeFileSync } = require('node:fs')
const [service, operation, ...rest] = process.argv.slice(2)
const option = (name) => rest[rest.indexOf(name) + 1]
appendFileSync(${JSON.stringify(join(at, 'asked'))}, service + ' ' + operation + '\\n')
const kept = ${JSON.stringify(join(at, 'policy-'))} + option('--policy-name')
const refuse = (code, words) => { console.error('An error occurred (' + code + '): ' + words); process.exit(254) }
if (service === 'iam' && option('--role-name') !== 'medzen-bedrock-lambda') refuse('NoSuchEntity', 'The role cannot be found.')
switch (service + ' ' + operation) {
  case 'sts get-caller-identity': console.log('${account}'); break
  case 'iam get-role': console.log('arn:aws:iam::${account}:role/medzen-bedrock-lambda'); break
  case 'iam get-role-policy':
    if (!existsSync(kept)) refuse('NoSuchEntity', 'The role policy cannot be found.')
    // IAM gives back the document in an order of its own.
    const { Version, Statement } = JSON.parse(readFileSync(kept, 'utf8'))
    console.log(JSON.stringify({ Statement, Version }, null, 4))
    break
  case 'iam put-role-policy':
    if (JSON.stringify(JSON.parse(option('--policy-document'))).length > 10240) refuse('LimitExceeded', 'Too long.')
    writeFileSync(kept, option('--policy-document'))
    break
  case 'bedrock list-foundation-models': console.log('amazon.nova-pro-v1:0 in ' + option('--region')); break
  default: refuse('InvalidAction', operation)
}
`,
  )
  await chmod(aws, 0o755)
  return { PATH: `${bin}:${process.env['PATH'] ?? ''}` }
}

test('the set-up script applies it, reads it back, changes nothing the second time, and lists the models', async () => {
  const at = join(folder, 'account')
  const environment = await standIn(at)
  const script = './aws-deployment/setup-bedrock-permissions.sh'
  const rehearsed = await run(`${script} --dry-run`, environment)
  expect(rehearsed).toMatchObject({ code: 0, err: '' })
  expect(rehearsed.out).toContain(`:${account}:inference-profile/eu.amazon.*`)
  expect(await asked(at)).not.toContain('iam put-role-policy')

  const applied = await run(script, environment)
  expect(applied).toMatchObject({ code: 0, err: '' })
  expect(applied.out).toMatch(/✅ bedrock-models-access is applied.*amazon\.nova-pro-v1:0 in eu-central-1/s)
  const kept = await readFile(join(at, 'policy-bedrock-models-access'), 'utf8')
  const inTree = await readFile(policyFile, 'utf8')
  expect(JSON.parse(kept)).toEqual(JSON.parse(inTree.replaceAll(':*:inference', `:${account}:inference`)))

  const again = await run(script, environment)
  expect(again.out).toContain('nothing was changed')
  expect((await asked(at)).filter((line) => line === 'iam put-role-policy')).toHaveLength(1)
})

const asked = async (at: string): Promise<readonly string[]> =>
  (await readFile(join(at, 'asked'), 'utf8')).trim().split('\n')

test.each([
  ['--role nobody', 1, 'The role nobody cannot be read'],
  ['--role', 2, '--role needs a value'],
  ['--account 12', 2, 'twelve digits'],
  ['--policy /nowhere.json', 2, 'no policy at /nowhere.json'],
  ['--policy README.md', 1, 'holds no policy'],
  ['--frob', 2, '--frob is no option'],
])('setup-bedrock-permissions.sh %s ends with %i and says why', async (options, code, words) => {
  const environment = await standIn(join(folder, 'refused'))
  const refused = await run(`./aws-deployment/setup-bedrock-permissions.sh ${options}`, environment)
  expect([refused.code, refused.err]).toEqual([code, expect.stringContaining(words)])
})
