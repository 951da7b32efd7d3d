import { afterEach, describe, expect, test } from 'vitest'
import { commands } from './commands.ts'
import { commandHelp, generalHelp } from './help.ts'
import { generalOptions } from './parse-line.ts'
import { models } from './testing/fake-answers.ts'
import { refuse, run, startFakeServer, type Answers, type FakeServer } from './testing/run.ts'

const open: FakeServer[] = []
afterEach(async () => {
  for (const server of open.splice(0)) await server.close()
})
async function serve(answers: Answers): Promise<FakeServer> {
  const server = await startFakeServer(answers)
  open.push(server)
  return server
}

test('what is not UTF-8 is not read as something else', async () => {
  const utf16 = Buffer.from('\ufeff[]', 'utf16le')
  const file = await run(['models', 'import', 'items.json', '--apply'], { files: { 'items.json': utf16 } })
  expect([file.code, file.error]).toEqual([2, expect.stringContaining('items.json is not UTF-8 text')])
  const latin = Buffer.from("SELECT 'Müller'", 'latin1')
  const piped = await run(['sql', '--file', '-'], { input: [latin.subarray(0, 10), latin.subarray(10)] })
  expect([piped.code, piped.error]).toEqual([2, expect.stringContaining('Standard input is not UTF-8')])
})

describe('help', () => {
  test('names every command, those of the door too, and fits 80 columns', async () => {
    const { code, out } = await run(['--help'])
    expect(code).toBe(0)
    for (const { name } of commands) expect(out).toContain(`  ${name} `)
    expect(out).toContain('  serve ')
    for (const line of out.split('\n')) expect(line.length, line).toBeLessThanOrEqual(80)
  })

  test.each(commands.map((command) => [command.name, command] as const))(
    'of %s says its usage, every option and an example, within 80 columns',
    async (name, command) => {
      const asked = await run([...name.split(' '), '--help'])
      expect(asked).toEqual({ code: 0, out: commandHelp(command), error: '' })
      expect(await run(['help', ...name.split(' ')])).toEqual(asked)
      for (const option of Object.keys(command.options)) expect(asked.out).toContain(`--${option}`)
      for (const line of asked.out.split('\n')) expect(line.length, line).toBeLessThanOrEqual(80)
      expect(command.examples.length).toBeGreaterThan(0)
      for (const example of command.examples) expect(example).toContain(`pointsman ${name}`)
    },
  )

  test('is what nothing typed gives, with the exit code of a mistake', async () => {
    const { code, out } = await run([])
    expect(code).toBe(2)
    expect(out).toBe((await run(['help'])).out)
    expect(generalHelp(commands, [])).not.toContain('Start something here')
  })

  test('needs neither a key nor a server', async () => {
    expect((await run(['switch', '--help'], { key: '' })).code).toBe(0)
  })
})

test('an option means one kind of value wherever it is known, so that options may stand before a command', () => {
  const kinds = new Map<string, string>()
  for (const { options } of commands) {
    for (const [name, { type }] of Object.entries(options)) {
      const kind = type === 'boolean' ? 'flag' : 'value'
      expect(kinds.get(name) ?? kind, name).toBe(kind)
      kinds.set(name, kind)
    }
  }
})

test('no command takes an option of all of them for something else: what is given with it would be a key', () => {
  for (const { name, options } of commands)
    expect(
      Object.keys(options).filter((option) => option in generalOptions),
      name,
    ).toEqual([])
})

describe('what is mistyped', () => {
  test.each([
    [['swich', 'x'], 'There is no command "swich". Did you mean "switch"? See: pointsman --help'],
    [['serv'], 'There is no command "serv". Did you mean "serve"? See: pointsman --help'],
    [['xyzzy'], 'There is no command "xyzzy". See: pointsman --help'],
    [
      ['switches', 'lst'],
      'There is no command "switches lst". Did you mean "switches list"? There are: switches list, switches show, switches revert, switches verify, switches export',
    ],
    [['switch'], 'MODEL_ID is missing. See: pointsman switch --help'],
    [
      ['explain', 'a', 'b'],
      '"b" is one argument too many. Put quotes around text with spaces. See: pointsman explain --help',
    ],
    [
      ['switch', 'x', '--resaon', 'y'],
      '"switch" has no option --resaon. Did you mean "--reason"? See: pointsman switch --help',
    ],
    [['switch', 'x', '--dry-run=yes'], '--dry-run takes no value. See: pointsman switch --help'],
    [
      ['switch', 'x', '--reason', '--dry-run'],
      '--reason needs a value: --reason TEXT (a value that begins with "-" is written --reason=…) See: pointsman switch --help',
    ],
    [['switch', 'x', '--reason'], '--reason needs a value: --reason TEXT See: pointsman switch --help'],
    [
      ['lifecycle', '--days', 'soon'],
      '--days takes a number of 0 or more, not "soon". See: pointsman lifecycle --help',
    ],
    [
      ['switches', 'list', '--limit', '0'],
      '--limit takes a number of 1 or more, not "0". See: pointsman switches list --help',
    ],
    [
      ['usage', '--group-by', 'color'],
      '--group-by takes model, provider, agent, use-case, user, key, route, operation, fallback-cause, all, not "color".',
    ],
    [
      ['usage', '--from', 'yesterday'],
      '--from takes a date (2026-11-01) or an instant (2026-11-01T12:00:00Z), not "yesterday".',
    ],
    [
      ['usage', '--from', '2026-13-01'],
      '--from takes a date (2026-11-01) or an instant (2026-11-01T12:00:00Z), not "2026-13-01".',
    ],
    [
      ['auto-switch', 'clinical', '--objective', 'best'],
      '--objective takes quality, cost, latency, curated, not "best".',
    ],
    [['keys', 'create'], '--name is missing. See: pointsman keys create --help'],
    [
      ['keys', 'create', '--name', 'a', '--scopes', 'invoke,root'],
      '--scopes takes invoke, read, switch, admin, not "root".',
    ],
    [
      ['--url', 'localhost', 'models'],
      '"localhost" is not the address of a server: it should look like http://127.0.0.1:7070.',
    ],
  ])('%j is told on one line, with exit code 2, and nothing is asked', async (argv, message) => {
    expect(await run(argv)).toEqual({ code: 2, out: '', error: `pointsman: ${message}\n` })
  })
})

describe('errors', () => {
  test('of a server that is not there: exit code 3', async () => {
    const closed = await startFakeServer({})
    await closed.close()
    const { url } = closed
    expect(await run(['models'], { url })).toEqual({
      code: 3,
      out: '',
      error: `pointsman: No answer from ${url} (ECONNREFUSED). Is the server running there? Start one with "pointsman sandbox", or name it with --url or POINTSMAN_URL.\n`,
    })
  })

  test('without a key: exit code 4, and nothing is asked', async () => {
    const server = await serve({})
    const { code, error } = await run(['models'], { url: server.url, key: '' })
    expect(code).toBe(4)
    expect(error).toContain('No key was given. Set POINTSMAN_SERVICE_KEY')
    expect(server.received).toEqual([])
  })

  test.each([
    [401, 'invalid_key', 'Set POINTSMAN_SERVICE_KEY to a key of this server, or pass --key.', 4],
    [403, 'forbidden', 'Another key may be allowed to: --key, or POINTSMAN_SERVICE_KEY.', 4],
    [409, 'refused', '', 1],
    [429, 'limit_reached', 'Try again in 7 s.', 1],
    [503, 'not_ready', '', 1],
  ])('%i %s is told with the next step', async (status, code, step, exitCode) => {
    const server = await serve({
      'GET /api/v1/models': refuse(status, { code, message: 'No' }, { 'retry-after': '7' }),
    })
    expect(await run(['models'], { url: server.url })).toEqual({
      code: exitCode,
      out: '',
      error: `pointsman: No.${step === '' ? '' : ` ${step}`}\n`,
    })
  })

  test('name what was meant, once', async () => {
    const answer = (message: string) =>
      refuse(404, { code: 'model_not_found', message, suggestions: ['model-a', 'model-b'] })
    const server = await serve({
      'GET /api/v1/models/x': answer('Model not found: x'),
      'GET /api/v1/models/y': answer('Model not found: y. Nearest: model-a, model-b'),
    })
    expect((await run(['models', 'show', 'x'], { url: server.url })).error).toBe(
      'pointsman: Model not found: x. Did you mean "model-a" or "model-b"?\n',
    )
    expect((await run(['models', 'show', 'y'], { url: server.url })).error).toBe(
      'pointsman: Model not found: y. Nearest: model-a, model-b.\n',
    )
  })

  test('are JSON for programs', async () => {
    const server = await serve({
      'GET /api/v1/models': refuse(403, { code: 'forbidden', message: 'No' }),
    })
    const { code, out, error } = await run(['models', '--json'], { url: server.url })
    expect([code, out]).toEqual([4, ''])
    expect(JSON.parse(error)).toMatchObject({ error: { code: 'forbidden', statusCode: 403 } })
    expect(JSON.parse((await run(['modls', '--json'])).error)).toMatchObject({ error: { code: 'usage' } })
  })

  test('do not colour or move the cursor of a terminal', async () => {
    const server = await serve({
      'GET /api/v1/models': refuse(409, { code: 'refused', message: 'evil\u001b[2J\r' }),
    })
    expect((await run(['models'], { url: server.url })).error).not.toMatch(/[\u001b\r]/)
  })
})

test('the options for server and key win over the defaults, wherever they stand', async () => {
  const server = await serve({
    'GET /api/v1/models': { data: models, nextCursor: null },
    'GET /api/v1/providers': { data: [], nextCursor: null },
  })
  for (const argv of [
    ['--url', server.url, '--key', 'given', 'models', 'list'],
    ['models', '--key=given', 'list', '--url', server.url],
  ])
    expect((await run(argv, { url: 'http://127.0.0.1:1' })).code).toBe(0)
  const keys = server.received.map(({ headers }) => headers.authorization)
  expect(keys).toEqual(Array.from({ length: 4 }, () => 'Bearer given'))
})

test('a request that takes over a second is told of on a terminal, and the line goes again', async () => {
  const server = await serve({
    'GET /api/v1/providers': { data: [], nextCursor: null },
    'GET /api/v1/models': (response) => {
      setTimeout(() => response.end(JSON.stringify({ data: models, nextCursor: null })), 1_300)
    },
  })
  const { error } = await run(['models'], { url: server.url, errorIsTerminal: true })
  expect(error).toMatch(
    /^\r\u001b\[K… waiting for 127\.0\.0\.1:\d+, 1 s(?:\r\u001b\[K… waiting for 127\.0\.0\.1:\d+, \d+ s)*\r\u001b\[K$/,
  )
  const silent = await serve({
    'GET /api/v1/models': { data: models, nextCursor: null },
    'GET /api/v1/providers': { data: [], nextCursor: null },
  })
  expect((await run(['models'], { url: silent.url, errorIsTerminal: true })).error).toBe('')
})
