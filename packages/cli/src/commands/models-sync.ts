import { cataloguePlanWords, enableOption } from '../catalogue-plan-output.ts'
import type { Command } from '../command.ts'
import { planOptions, planThenApply } from '../plan-then-apply.ts'

export const modelsSync: Command = {
  name: 'models sync',
  summary: 'Brings the catalogue up to what Amazon Bedrock lists for this account.',
  details:
    'Reads foundation models and inference profiles of one region, all pages, and adds what the catalogue of this release knows of prices, limits and abilities. Shows a plan first; applied, it is one revision. New models stay off unless --enable is given, and no route is moved.',
  positionals: [],
  options: {
    region: { type: 'string', value: 'REGION', summary: 'which to ask; the server’s unless given' },
    ...planOptions,
    ...enableOption,
  },
  examples: ['pointsman models sync', 'pointsman models sync --region eu-west-1 --apply'],
  run: (asked) =>
    planThenApply(asked, cataloguePlanWords, ({ dryRun }, ifMatch) =>
      asked.client.models.sync(
        { region: asked.text('region'), enable: asked.flag('enable'), dryRun },
        { ifMatch },
      ),
    ),
}
