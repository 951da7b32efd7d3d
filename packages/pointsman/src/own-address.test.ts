import { expect, test } from 'vitest'
import { refuseOwnAddress } from './own-address.ts'
import { addressesIn, readSettings as readAny, type Flags, type Settings } from './settings.ts'

/** As `serve` reads them. */
function readSettings(environment: NodeJS.ProcessEnv, flags: Flags): Settings {
  const settings = readAny(environment, flags)
  refuseOwnAddress(settings, addressesIn(settings))
  return settings
}

const names = [
  'OPENAI_BASE_URL',
  'ANTHROPIC_BASE_URL',
  'GOOGLE_GEMINI_BASE_URL',
  'AWS_ENDPOINT_URL_BEDROCK_RUNTIME',
] as const

test.each(names)('%s may not lead back to this server, by whatever name', (name) => {
  for (const host of ['127.0.0.1', '127.0.0.2', 'localhost', 'LOCALHOST', '[::1]', '0.0.0.0', '[::]']) {
    const told = () => readSettings({ [name]: `http://${host}:7070/v1` }, {})
    expect(told).toThrow(name)
    expect(told).toThrow('this server itself listens')
  }
})

test('an OpenAI-compatible server may not be this one either', () => {
  const list = JSON.stringify([
    { id: 'vllm', baseUrl: 'http://127.0.0.1:8000/v1' },
    { id: 'me', baseUrl: 'http://localhost:7070/v1' },
  ])
  expect(() => readSettings({ POINTSMAN_OPENAI_COMPATIBLE: list }, {})).toThrow('"me"')
})

test('the port that is really listened at counts, and a host that it listens at by name', () => {
  const at = (url: string, flags: { host?: string; port?: string }) => () =>
    readSettings({ OPENAI_BASE_URL: url }, flags)
  expect(at('http://localhost:9000', { port: '9000' })).toThrow('OPENAI_BASE_URL')
  expect(at('http://10.0.0.5:9000', { host: '10.0.0.5', port: '9000' })).toThrow('OPENAI_BASE_URL')
  expect(at('http://127.0.0.1', { host: '0.0.0.0', port: '80' })).toThrow('OPENAI_BASE_URL')
  expect(at('https://localhost/v1', { port: '443' })).toThrow('OPENAI_BASE_URL')
})

test('other ports and other hosts are somebody else', () => {
  for (const url of ['http://localhost:7071', 'https://api.openai.com:7070', 'http://10.0.0.5:7070/v1']) {
    expect(readSettings({ OPENAI_BASE_URL: url }, {}).openai.baseUrl).toBe(url)
  }
  expect(readSettings({ OPENAI_BASE_URL: 'http://localhost:1' }, { port: '0' }).port).toBe(0)
})

test.each([
  'localhost:8000',
  'ftp://a.test',
  'https://user@a.test',
  'https://a.test?x=1',
  'https://a.test#x',
])('an address that a provider would refuse does not pass the start: %s', (text) => {
  expect(() => readSettings({ OPENAI_BASE_URL: text }, {})).toThrow('OPENAI_BASE_URL')
})
