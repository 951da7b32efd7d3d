import { expect, test } from 'vitest'
import { createProxyFor, readProxySettings, type ProxySettings } from './proxies.ts'

const readFrom = (variables: { readonly [name: string]: string }): ProxySettings | null =>
  readProxySettings((name) => variables[name] ?? null)

function read(variables: { readonly [name: string]: string }): ProxySettings {
  const settings = readFrom(variables)
  if (settings === null) throw new Error('no proxy was read')
  return settings
}

/** The proxy that leads to a URL, as it is shown. */
function wayTo(url: string, variables: { readonly [name: string]: string }): string | null {
  const { hostname, port, protocol } = new URL(url)
  const isSecure = protocol === 'https:'
  const called = { isSecure, host: hostname, port: port === '' ? (isSecure ? 443 : 80) : Number(port) }
  return createProxyFor(read(variables))(called)?.shown ?? null
}

test('the usual variables name a proxy for http and one for https; in small letters they win', () => {
  expect(readFrom({})).toBeNull()
  expect(readFrom({ NO_PROXY: 'example.com' })).toBeNull()
  const both = { HTTP_PROXY: 'http://one:3128', HTTPS_PROXY: 'http://two:3128' }
  expect(wayTo('http://example.com/', both)).toBe('http://one:3128')
  expect(wayTo('https://example.com/', both)).toBe('http://two:3128')
  expect(wayTo('https://example.com/', { HTTP_PROXY: 'http://one:3128' })).toBeNull()
  const small = { ...both, https_proxy: 'http://three:3128', no_proxy: 'b.test', NO_PROXY: 'a.test' }
  expect(wayTo('https://a.test/', small)).toBe('http://three:3128')
  expect(wayTo('https://b.test/', small)).toBeNull()
})

test('a proxy is named with or without a scheme, port, user and password', () => {
  const proxyOf = (text: string) =>
    createProxyFor(read({ HTTPS_PROXY: text }))({ isSecure: true, host: 'a.test', port: 443 })
  expect(proxyOf('proxy.test:3128')).toEqual({
    ...{ isSecure: false, host: 'proxy.test', port: 3128, authorization: null },
    ...{ shown: 'http://proxy.test:3128', variable: 'HTTPS_PROXY' },
  })
  expect(proxyOf('http://proxy.test')).toMatchObject({ port: 80, shown: 'http://proxy.test' })
  expect(proxyOf('https://[fd00::1]')).toMatchObject({ isSecure: true, host: 'fd00::1', port: 443 })
  const basic = (pair: string): string => `Basic ${Buffer.from(pair).toString('base64')}`
  expect(proxyOf('http://us%40er:p%3Ass@proxy.test:1/')).toMatchObject({
    authorization: basic('us@er:p:ss'),
    shown: 'http://proxy.test:1',
  })
  expect(proxyOf('http://alone@proxy.test:1')).toMatchObject({ authorization: basic('alone:') })
})

test('what is no proxy is refused by the name of its variable, and its value is not told', () => {
  for (const wrong of [
    'socks5://user:secret@proxy.test:1080',
    'http://',
    'http://user:se/cret@proxy.test:3128',
    'http://user:secret%@proxy.test:3128',
  ]) {
    expect(() => readFrom({ https_proxy: wrong })).toThrow(/^https_proxy names no proxy/)
    expect(() => readFrom({ https_proxy: wrong })).not.toThrow(/secret|se\/cret/)
  }
})

const proxied = 'https://bedrock-runtime.eu-central-1.amazonaws.com/'

test.each([
  ['', proxied, 'proxied'],
  ['*', proxied, 'direct'],
  ['other.test, *', proxied, 'direct'],
  ['amazonaws.com', proxied, 'direct'],
  ['.amazonaws.com', proxied, 'direct'],
  ['*.amazonaws.com', proxied, 'direct'],
  ['AmazonAWS.com.', proxied, 'direct'],
  ['onaws.com', proxied, 'proxied'],
  ['example.com', 'https://example.com/', 'direct'],
  ['.example.com', 'https://example.com/', 'direct'],
  ['example.com', 'https://notexample.com/', 'proxied'],
  ['example.com', 'https://example.com.evil.test/', 'proxied'],
  ['a.test b.test', 'https://b.test/', 'direct'],
  ['example.com:443', 'https://a.example.com/', 'direct'],
  ['example.com:8443', 'https://example.com/', 'proxied'],
  ['example.com:8443', 'https://example.com:8443/', 'direct'],
  ['192.168.7.9', 'https://192.168.7.9/', 'direct'],
  ['192.168.7.9:444', 'https://192.168.7.9/', 'proxied'],
  ['192.168.7.9:444', 'https://192.168.7.9:444/', 'direct'],
  ['192.168.7.9', 'https://192.168.7.99/', 'proxied'],
  ['10.0.0.0/8', 'https://10.200.3.4/', 'direct'],
  ['10.0.0.0/8', 'https://11.0.0.1/', 'proxied'],
  ['172.16.5.5/12', 'https://172.31.255.255/', 'direct'],
  ['10.0.0.0/33', 'https://10.0.0.1/', 'proxied'],
  ['2001:db8::/32', 'https://[2001:db8:1::5]/', 'direct'],
  ['2001:0DB8:0::5', 'https://[2001:db8::5]/', 'direct'],
  ['[2001:db8::5]:444', 'https://[2001:db8::5]:444/', 'direct'],
  ['[2001:db8::5]:444', 'https://[2001:db8::5]/', 'proxied'],
  ['', 'https://localhost:8443/', 'direct'],
  ['', 'https://api.localhost/', 'direct'],
  ['', 'https://127.8.9.10/', 'direct'],
  ['', 'https://[::1]:9/', 'direct'],
  ['', 'https://[::ffff:127.0.0.1]/', 'direct'],
  ['', 'https://169.254.169.254/', 'direct'],
  ['example.com', 'https://localhost/', 'direct'],
])('NO_PROXY=%s: %s goes %s', (list, url, way) => {
  const found = wayTo(url, { HTTPS_PROXY: 'http://proxy.test:3128', NO_PROXY: list })
  expect(found).toBe(way === 'direct' ? null : 'http://proxy.test:3128')
})
