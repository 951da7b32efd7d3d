import { expect, test } from 'vitest'
import { readDynamoDbSettings } from './dynamodb-settings.ts'

const read = (variables: { readonly [name: string]: string }) =>
  readDynamoDbSettings((name) => variables[name] ?? null, { baseUrl: null, environment: 'prod' })
const [models, agents, writeBack] = ['MODELS', 'AGENTS', 'WRITE_BACK'].map(
  (name) => `POINTSMAN_DYNAMODB_${name}`,
) as [string, string, string]
const arn = 'arn:aws:dynamodb:us-east-1:111122223333:table/AgentRegistry'

test.each([
  [{}, null, 'eu-central-1'],
  [{ [models]: 'off' }, null, 'eu-central-1'],
  [
    { [models]: 'on', AWS_REGION: 'eu-west-1' },
    { models: 'LLMModels-prod', agents: null, writeBack: false },
    'eu-west-1',
  ],
  [
    { [agents]: arn, [writeBack]: 'on', AWS_REGION: 'eu-west-1' },
    { models: null, agents: arn, writeBack: true },
    'us-east-1',
  ],
  [
    { [models]: 'LLMModels', BEDROCK_REGION: 'eu-west-3' },
    { models: 'LLMModels', agents: null, writeBack: false },
    'eu-west-3',
  ],
])('%j', (variables, followed, region) => {
  expect(read(variables)).toEqual({
    baseUrl: null,
    region,
    followed: followed === null ? null : { ...followed, region },
  })
})

test.each([
  [{ [models]: 'a b' }, /POINTSMAN_DYNAMODB_MODELS is "a b".*LLMModels-prod/],
  [{ [agents]: 'x' }, /POINTSMAN_DYNAMODB_AGENTS.*AgentRegistry-prod/],
  [{ [writeBack]: 'yes' }, /POINTSMAN_DYNAMODB_WRITE_BACK is "yes"; it takes on or off/],
  [{ AWS_REGION: 'not a region' }, /AWS_REGION is "not a region"/],
])('%j is refused with the variable that is wrong', (variables, words) => {
  expect(() => read(variables)).toThrow(words)
})
