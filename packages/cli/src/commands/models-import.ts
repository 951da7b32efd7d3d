import { cataloguePlanWords, enableOption } from '../catalogue-plan-output.ts'
import { oneOf, UsageError, type Asked, type Command } from '../command.ts'
import { planOptions, planThenApply } from '../plan-then-apply.ts'

export const modelsImport: Command = {
  name: 'models import',
  summary: 'Takes over models and prices from a file, or from a DynamoDB table.',
  details:
    'Reads a catalogue in the form of catalogue/models.json, items of a DynamoDB table LLMModels (plain, as `aws dynamodb scan` prints them, or as an export has them), or LiteLLM’s model_prices_and_context_window.json; `-` reads standard input. Shows a plan first; applied, it is one revision. Prices are dated: a change of price is a new row. A file with a negative or missing price, one that knows less than what is in force, one that is far from it, and one that lacks what it gave before, changes nothing. With --dynamodb the server reads the table itself: items that are wrong are told one by one, and hold up no others.',
  positionals: ['FILE?'],
  options: {
    dynamodb: {
      type: 'string',
      value: 'TABLE',
      summary: 'in place of a file: a table LLMModels, read by the server',
    },
    form: {
      type: 'string',
      value: 'FORM',
      summary: 'catalogue, llm-models or price-catalogue; seen from the file unless given',
    },
    region: {
      type: 'string',
      value: 'REGION',
      summary: 'where its prices of Bedrock models hold that name no region',
    },
    only: {
      type: 'list',
      value: 'IDS',
      summary: 'of a price catalogue: these alone, and those that are new are added',
    },
    from: {
      type: 'string',
      value: 'WHEN',
      summary: 'when its prices begin: a day or an instant; now unless given',
    },
    name: {
      type: 'string',
      value: 'TEXT',
      summary: 'its name as the source of prices; the file’s unless given',
    },
    ...planOptions,
    ...enableOption,
  },
  examples: [
    'pointsman models import catalogue/models.json',
    'aws dynamodb scan --table-name T | pointsman models import - --name T',
    'pointsman models import prices.json --region us-east-1 --only gpt-4o',
    'pointsman models import --dynamodb LLMModels-prod --dry-run',
  ],
  async run(asked) {
    const { client, text, flag } = asked
    const order = {
      ...(await sourceOf(asked)),
      region: text('region'),
      effectiveFrom: text('from'),
      enable: flag('enable'),
    }
    return planThenApply(asked, cataloguePlanWords, ({ dryRun }, ifMatch) =>
      client.models.import({ ...order, dryRun }, { ifMatch }),
    )
  },
}

async function sourceOf({ argument, list, terminal, text }: Asked) {
  const file = argument('FILE')
  const table = text('dynamodb')
  if ((file === '') === (table === undefined))
    throw new UsageError('Name a file, or a table with --dynamodb.', modelsImport)
  const of = {
    form: oneOf('form', text('form'), ['catalogue', 'llm-models', 'price-catalogue']),
    only: list('only'),
  }
  if (table === undefined)
    return {
      ...{ ...of, name: text('name') ?? nameOf(file) },
      text: file === '-' ? await terminal.readAll() : await terminal.readFile(file),
    }
  if (text('name') !== undefined || of.form !== undefined || of.only !== undefined)
    throw new UsageError('--name, --form and --only go with a file.', modelsImport)
  return { dynamodb: table }
}

/** Its last part: where it lay on this machine says nothing to others. */
function nameOf(file: string): string {
  if (file !== '-') return file.slice(file.lastIndexOf('/') + 1)
  throw new UsageError('Say with --name what standard input holds: it stands as the source of its prices.')
}
