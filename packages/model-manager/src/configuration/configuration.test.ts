import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { ModelManagerError } from '../model-manager-error.ts'
import { ConfigurationManager } from './configuration-manager.ts'

const read = (text: string): ConfigurationManager => new ConfigurationManager('dev', { text })

function mistakeIn(text: string): string {
  try {
    read(text)
  } catch (thrown) {
    if (thrown instanceof ModelManagerError && thrown.code === 'invalid_configuration') return thrown.message
    throw thrown
  }
  return 'none'
}

test('an agent has its own settings, else those beside the agents, else the usual ones', () => {
  const config = read(`
projectPrefix: acme
region: eu-west-1
agents:
  default_model: model-a
  timeout_seconds: 20
  max_tokens: 1000
  temperature: 0
  context_window_size: 0
  own:
    model: model-b
    enabled: false
    timeout_seconds: 1.5
    max_tokens: 7
    temperature: 0.3
    context_window_size: 4
  bare:
    enabled: true
`)
  expect(config.projectPrefix).toBe('acme')
  expect(config.region).toBe('eu-west-1')
  expect(config.defaultModel).toBe('model-a')
  expect(config.agentNames).toEqual(['own', 'bare'])
  const own = {
    model: 'model-b',
    enabled: false,
    timeoutMs: 1_500,
    maxTokens: 7,
    temperature: 0.3,
    contextWindowSize: 4,
  }
  expect(config.getAgentConfig('own')).toMatchObject(own)
  const shared = {
    model: null,
    enabled: true,
    timeoutMs: 20_000,
    maxTokens: 1_000,
    temperature: 0,
    contextWindowSize: 0,
  }
  expect(config.getAgentConfig('bare')).toMatchObject(shared)
  expect(config.getAgentConfig('nobody')).toMatchObject(shared)
  expect(read('agents: {}').getAgentConfig('nobody')).toMatchObject({
    timeoutMs: 60_000,
    maxTokens: null,
    temperature: null,
  })
})

describe('a mistake is told with its line and what should stand there', () => {
  test.each([
    [
      'agents:\n  sql_agent:\n    model: m\n    timeout_seconds: soon\n',
      'dev.yaml:4: agents.sql_agent.timeout_seconds should be a number of seconds above 0, at most 86400, such as 60, not "soon".',
    ],
    [
      'agents:\n  sql_agent:\n    modle: m\n',
      'dev.yaml:3: agents.sql_agent: modle is no setting of an agent; there are enabled, model, timeout_seconds, max_tokens, temperature, context_window_size.',
    ],
    [
      'agents:\n  sql_agent: m\n',
      'dev.yaml:2: agents.sql_agent should be the settings of an agent, such as "model: eu.amazon.nova-pro-v1:0", not "m".',
    ],
    [
      'agents:\n  default_model: [a]\n',
      /^dev\.yaml:2: agents\.default_model should be the id of a model, .*, not a list\.$/,
    ],
    [
      'agents:\n  a:\n    temperature: 3\n',
      /^dev\.yaml:3: agents\.a\.temperature should be a number from 0 to 2/,
    ],
    ['agents:\n  a:\n    max_tokens: 1.5\n', /^dev\.yaml:3: .*a whole number above 0/],
    [
      'agents:\n  a:\n    enabled: "yes"\n',
      /^dev\.yaml:3: agents\.a\.enabled should be true or false, not "yes"/,
    ],
    [
      'agnets:\n  a: {}\n',
      /^dev\.yaml: agents should be the default_model and a section for each agent, not missing/,
    ],
    ['projectPrefix: AWS/x\nagents: {}\n', /^dev\.yaml:1: projectPrefix should be letters, digits/],
    ['', /^dev\.yaml: the file should be a mapping with the section "agents"/],
    ['agents:\n  a: {\n', /^dev\.yaml:\d: /],
    ['agents:\n  a: {}\n  a: {}\n', /^dev\.yaml:3: Map keys must be unique/],
    ['agents:\n  a:\n    model: m\n   b: 1\n', /^dev\.yaml:\d: /],
  ])('%j', (text, told) => {
    const mistake = mistakeIn(text)
    if (typeof told === 'string') expect(mistake).toBe(told)
    else expect(mistake).toMatch(told)
  })

  test('all of several, each with its line', () => {
    const text = 'agents:\n  a:\n    enabled: 1\n  b:\n    max_tokens: no\n'
    expect(
      mistakeIn(text)
        .split('\n')
        .map((line) => line.slice(0, 11)),
    ).toEqual(['dev.yaml:3:', 'dev.yaml:5:'])
  })
})

test('aliases are refused with their line, before they unfold', () => {
  const bomb = `a: &a [x,x,x,x,x,x,x,x,x]
b: &b [*a,*a,*a,*a,*a,*a,*a,*a]
agents: *b
`
  expect(mistakeIn(bomb)).toBe('dev.yaml:2: the alias *a is not taken here; write out what it stands for.')
})

test('a file of more than 1 MB is refused before it is parsed', () => {
  const folder = mkdtempSync(join(tmpdir(), 'pointsman-config-'))
  writeFileSync(join(folder, 'dev.yaml'), `# ${'x'.repeat(1_048_576)}\nagents: {}\n`)
  expect(() => new ConfigurationManager('dev', { folder })).toThrow(
    /has 1\d{6} bytes; a configuration has at most 1048576/,
  )
  expect(mistakeIn(`# ${'x'.repeat(1_048_576)}`)).toMatch(/at most 1048576/)
})

test('a file that is missing, and a name that leads elsewhere', () => {
  const folder = mkdtempSync(join(tmpdir(), 'pointsman-config-'))
  expect(() => new ConfigurationManager('prod', { folder })).toThrow(
    /There is no .*prod\.yaml and no .*production\.yaml/,
  )
  expect(() => new ConfigurationManager('../dev', { folder })).toThrow(/letters, digits, - and _/)
  writeFileSync(join(folder, 'production.yaml'), 'agents:\n  a: { model: m }\n')
  expect(new ConfigurationManager('prod', { folder }).agentNames).toEqual(['a'])
})
