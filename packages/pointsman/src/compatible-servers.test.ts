import { expect, test } from 'vitest'
import { readCompatibleServers } from './compatible-servers.ts'

const read = (text: string | null) =>
  readCompatibleServers(text, (name) => (name === 'VLLM_API_KEY' ? 'k' : null))

const plain = { keyHeader: 'authorization', query: {}, deployments: false, responses: false }

test('reads servers, their keys from variables of their own', () => {
  expect(read(null)).toEqual([])
  expect(
    read(
      '[{"id":"vllm","baseUrl":"http://127.0.0.1:8000/v1/","keyVariable":"VLLM_API_KEY"},{"id":"ollama","baseUrl":"http://127.0.0.1:11434/v1"},{"id":"azure","baseUrl":"https://x.openai.azure.com/openai/v1","keyVariable":"AZURE","keyHeader":"api-key","query":"api-version=1","responses":true}]',
    ),
  ).toEqual([
    {
      server: { ...plain, id: 'vllm', baseUrl: 'http://127.0.0.1:8000/v1', credentialHint: 'VLLM_API_KEY' },
      keyVariable: 'VLLM_API_KEY',
      key: 'k',
    },
    {
      server: { ...plain, id: 'ollama', baseUrl: 'http://127.0.0.1:11434/v1' },
      keyVariable: null,
      key: null,
    },
    {
      server: {
        ...plain,
        id: 'azure',
        baseUrl: 'https://x.openai.azure.com/openai/v1',
        keyHeader: 'api-key',
        query: { 'api-version': '1' },
        responses: true,
        credentialHint: 'AZURE',
      },
      keyVariable: 'AZURE',
      key: null,
    },
  ])
})

test.each([
  ['{', 'not JSON'],
  ['{}', 'not a list'],
  ['[1]', 'entry 0 is not an object'],
  ['[{"id":"a","baseURL":"http://x"}]', '"baseURL", which does not exist'],
  ['[{"id":"openai","baseUrl":"http://x"}]', 'none of bedrock'],
  ['[{"id":"A","baseUrl":"http://x"}]', 'small letters'],
  ['[{"id":"a","baseUrl":"x"}]', 'must be a URL'],
  ['[{"id":"a"}]', 'must be a URL'],
  ['[{"id":"a","baseUrl":"https://x.test/openai?api-version=1"}]', 'without user, query'],
  ['[{"id":"a","baseUrl":"localhost:8000/v1"}]', 'must be a URL'],
  ['[{"id":"a","baseUrl":"http://x","keyHeader":"cookie"}]', 'keyHeader'],
  ['[{"id":"a","baseUrl":"http://x","responses":1}]', 'true or false'],
  ['[{"id":"a","baseUrl":1}]', 'must be a text'],
  ['[{"id":"a","baseUrl":"http://x"},{"id":"a","baseUrl":"http://y"}]', 'stands twice'],
])('what is wrong is named: %s', (text, told) => {
  expect(() => read(text)).toThrow(told)
})
