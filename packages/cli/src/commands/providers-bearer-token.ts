import { tellUnheard } from '../behind-words.ts'
import { exitCodes, UsageError, type Asked, type BedrockToken, type Command } from '../command.ts'
import { endWords, pendingWords } from '../provider-key-words.ts'
import { printable } from '../terminal-text.ts'

const bedrock = 'bedrock'

export const providersBearerToken: Command = {
  name: 'providers bearer-token',
  summary:
    'Makes a short-term token of Amazon Bedrock from your AWS credentials here, and stores it with its end.',
  details:
    'Signed on this machine by what the AWS credential chain finds (a profile, SSO, a role); nothing is asked of AWS for it. It is good in one region, for up to 12 hours, and no longer than the session that signs it. The role needs bedrock:CallWithBearerToken beside its models. With --print it is written out and not stored, and no server is needed.',
  positionals: [],
  options: {
    hours: { type: 'string', value: 'N', summary: 'how long it lasts; 12 unless given' },
    region: {
      type: 'string',
      value: 'REGION',
      summary: 'where it is good; BEDROCK_REGION or AWS_REGION unless given',
    },
    print: { type: 'boolean', summary: 'write it out instead, for a person or another store' },
  },
  examples: [
    'pointsman providers bearer-token',
    'AWS_PROFILE=prod pointsman providers bearer-token --hours 8 --region eu-west-1',
    'export AWS_BEARER_TOKEN_BEDROCK=$(pointsman providers bearer-token --print)',
  ],
  async run(asked) {
    const { flag, number, output, text } = asked
    const hours = number('hours', 0) ?? 12
    if (!(hours > 0 && hours <= 12)) throw new UsageError('--hours takes up to 12.', providersBearerToken)
    const made = await asked.makeBedrockToken({ hours, region: text('region') })
    if (!flag('print')) return store(asked, made)
    if (output.json) output.value(made)
    else output.line(made.token)
    return exitCodes.done
  },
}

async function store(asked: Asked, { expiresAt, region, token }: BedrockToken): Promise<number> {
  const { client, output } = asked
  const set = await client.providers.setKey(bedrock, { key: token, expiresAt })
  if (output.json) {
    output.value({ ...set, region })
    return exitCodes.done
  }
  const end = endWords(set.expiresAt)
  output.line(
    output.good('✓ ') + printable(`A token of ${region} is stored as version ${set.version}, until ${end}.`),
  )
  output.sentence(`  ${set.note ?? pendingWords(set)}`, 2)
  tellUnheard(set, output)
  const { regions } = await client.providers.show(bedrock)
  const others = regions.filter((other) => other !== region)
  if (others.length > 0)
    output.sentence(
      `  Models that are called in ${others.join(', ')} do not take it: it is good in ${region}.`,
      2,
    )
  output.line(output.dim(`Try it: pointsman providers test ${bedrock}`))
  return exitCodes.done
}
