import { z } from 'zod'

/** What a wrong value should be; a mistake is told as "… should be …, not …". */
const should = (text: string) => ({ error: `should be ${text}` })

const secondsWords = should('a number of seconds above 0, at most 86400, such as 60')
const seconds = z.number(secondsWords).gt(0, secondsWords).lte(86_400, secondsWords)
const countWords = should('a whole number above 0, such as 4096')
const count = z.int(countWords).gt(0, countWords)
const temperatureWords = should('a number from 0 to 2, such as 0.2')
const temperature = z.number(temperatureWords).gte(0, temperatureWords).lte(2, temperatureWords)
const exchangesWords = should('a whole number from 0 to 1000, such as 5')
const exchanges = z.int(exchangesWords).gte(0, exchangesWords).lte(1_000, exchangesWords)
const modelWords = should('the id of a model, such as eu.amazon.nova-pro-v1:0')
const model = z.string(modelWords).min(1, modelWords).max(300, modelWords)

/** What may stand for an agent, and beside the agents for all of them. */
const settings = {
  timeout_seconds: seconds.nullish(),
  max_tokens: count.nullish(),
  temperature: temperature.nullish(),
  context_window_size: exchanges.nullish(),
}

const agent = z.strictObject(
  { enabled: z.boolean(should('true or false')).default(true), model: model.nullish(), ...settings },
  {
    error: (issue) =>
      issue.code === 'unrecognized_keys'
        ? `${issue.keys.join(', ')} is no setting of an agent; there are enabled, model, ${Object.keys(settings).join(', ')}`
        : 'should be the settings of an agent, such as "model: eu.amazon.nova-pro-v1:0"',
  },
)

const prefixWords = should('letters, digits, and . - _ / #, at most 200, such as supply-chain')
// What CloudWatch takes as a namespace, less the seven characters of "/Models"; a leading AWS/ is Amazon's own.
const prefix = z.string(prefixWords).regex(/^(?!AWS\/)[\w.\-/#]{1,200}$/, prefixWords)
const regionWords = should('an AWS region, such as eu-central-1')
const region = z.string(regionWords).regex(/^[a-z]{2}(-[a-z]+)+-\d+$/, regionWords)

const agentsWords = should('the default_model and a section for each agent')

/** Of the file's other sections nothing is said here: they belong to others. */
export const configurationSchema = z.object(
  {
    projectPrefix: prefix.nullish(),
    project_prefix: prefix.nullish(),
    region: region.nullish(),
    agents: z.object({ default_model: model.nullish(), ...settings }, agentsWords).catchall(agent),
  },
  should('a mapping with the section "agents"'),
)

export type ConfigurationFile = z.output<typeof configurationSchema>
export type AgentSection = z.output<typeof agent>

/** Settings that stand beside the agents: no agent has such a name. */
export const sharedSettings: ReadonlySet<string> = new Set(['default_model', ...Object.keys(settings)])
