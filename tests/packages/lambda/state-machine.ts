import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { root } from '../../server.ts'
import type { Aws } from './aws.ts'

/** The states of agent-chat.asl.json that tests look into. */
export interface States {
  readonly Provider: { Choices: { Next: string }[] }
  readonly Form: { Choices: { Next: string }[] }
  readonly Bedrock: { readonly Parameters: { body: object; 'endpoint.$': string } }
  readonly OpenAI: { readonly Parameters: { readonly body: { 'model.$': string } } }
  readonly Ask: { readonly Parameters: { readonly Payload: { 'endpoint.$'?: string } } }
}

export interface Execution {
  readonly status: string
  readonly output?: unknown
  readonly error?: string
  readonly cause?: string
}

export interface StateMachine {
  /** Puts an agent's item into AgentRegistry. */
  register(agent: string, provider: string, model: string): Promise<void>
  execute(input: object): Promise<Execution>
}

export const stateMachineFile = join(root, 'aws-deployment/step-functions/agent-chat.asl.json')
const table = 'AgentRegistry-dev'
let count = 0

/** The state machine as it is shipped, or as `alter` leaves it. */
export async function createStateMachine(
  aws: Aws,
  alter: (states: States) => void = () => undefined,
): Promise<StateMachine> {
  count += 1
  if (count === 1) await createTable(aws)
  const shipped = JSON.parse(await readFile(stateMachineFile, 'utf8')) as { readonly States: States }
  alter(shipped.States)
  const definition = JSON.stringify(shipped)
    .replaceAll('${AgentTable}', table)
    .replaceAll('${FunctionName}', 'medzen-bedrock-ai-chat-invoked')
  const { stateMachineArn } = await aws.call<{ readonly stateMachineArn: string }>(
    'stepfunctions',
    'create_state_machine',
    { name: `agent-chat-${count}`, definition, roleArn: 'arn:aws:iam::123456789012:role/agent-chat' },
  )
  let executions = 0
  return {
    async register(agent, provider, model) {
      const Item = { agent_name: { S: agent }, llm_provider: { S: provider }, llm_model: { S: model } }
      await aws.call('dynamodb', 'put_item', { TableName: table, Item })
    },
    async execute(input) {
      executions += 1
      const { executionArn } = await aws.call<{ readonly executionArn: string }>(
        'stepfunctions',
        'start_execution',
        { stateMachineArn, name: `execution-${executions}`, input: JSON.stringify(input) },
      )
      for (;;) {
        const { cause, error, output, status } = await aws.call<Execution & { readonly output?: string }>(
          'stepfunctions',
          'describe_execution',
          { executionArn },
        )
        if (status !== 'RUNNING')
          return status === 'SUCCEEDED'
            ? { status, output: JSON.parse(output ?? '') as unknown }
            : { status, ...(error === undefined ? {} : { error }), ...(cause === undefined ? {} : { cause }) }
        await new Promise((resolve) => setTimeout(resolve, 50))
      }
    },
  }
}

const createTable = (aws: Aws): Promise<object> =>
  aws.call('dynamodb', 'create_table', {
    TableName: table,
    KeySchema: [{ AttributeName: 'agent_name', KeyType: 'HASH' }],
    AttributeDefinitions: [{ AttributeName: 'agent_name', AttributeType: 'S' }],
    BillingMode: 'PAY_PER_REQUEST',
  })
