import { agentsPlanWords } from '../agents-plan-output.ts'
import { UsageError, type Command } from '../command.ts'
import { planOptions, planThenApply } from '../plan-then-apply.ts'

export const agentsImport: Command = {
  name: 'agents import',
  summary: 'Takes over agents’ models from a DynamoDB table AgentRegistry, or from its items.',
  details:
    'Reads agent_name, llm_provider and llm_model of each item: of a table that the server reads, or of a file with its items (plain, or as `aws dynamodb scan` prints them); `-` reads standard input. Shows a plan first; applied, it is one revision with a recorded switch for each agent. Items that are wrong are told one by one, and hold up no others; applied, they are exit code 1.',
  positionals: ['FILE?'],
  options: {
    dynamodb: { type: 'string', value: 'TABLE', summary: 'in place of a file: a table, read by the server' },
    ...planOptions,
  },
  examples: [
    'pointsman agents import --dynamodb AgentRegistry-prod --dry-run',
    'pointsman agents import agents.json --apply',
  ],
  async run(asked) {
    const { client, terminal, argument, text } = asked
    const file = argument('FILE')
    const dynamodb = text('dynamodb')
    if ((file === '') === (dynamodb === undefined))
      throw new UsageError('Name a file, or a table with --dynamodb.', agentsImport)
    const order =
      dynamodb === undefined
        ? {
            text: file === '-' ? await terminal.readAll() : await terminal.readFile(file),
            name: file === '-' ? 'standard input' : file.slice(file.lastIndexOf('/') + 1),
          }
        : { dynamodb }
    return planThenApply(asked, agentsPlanWords, ({ dryRun }, ifMatch) =>
      client.agents.import({ ...order, dryRun }, { ifMatch }),
    )
  },
}
