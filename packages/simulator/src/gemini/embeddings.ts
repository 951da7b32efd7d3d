import { hash } from 'node:crypto'
import { textVectors } from '../answer/text-vector.ts'
import type { JsonObject } from '../json.ts'
import type { SimulatedModel } from '../simulated-model.ts'
import { invalid, invalidFields } from './failure.ts'
import type { FieldProblem } from './failure.ts'
import { messageAt, messagesAt, optionalMessage, optionalNumber, optionalText, textAt } from './fields.ts'
import { checkModelName } from './resource-name.ts'

/** The size of the vectors unless a smaller one is asked for: that of the vendor's present models. */
const DIMENSIONS = 3_072
const MOST_IN_BATCH = 100

/** The body of embedContent. The API tells no usage with embeddings. */
export async function embedContent(request: JsonObject, model: SimulatedModel): Promise<string> {
  const [embedding = null] = await embedded([embedOrder(request, 'EmbedContentRequest')], model)
  return indented({ embedding })
}

/** The body of batchEmbedContents. Every request in it names the model once more. */
export async function batchEmbedContents(request: JsonObject, model: SimulatedModel): Promise<string> {
  const requests = messagesAt(request, 'requests')
  if (requests.length === 0) {
    throw invalidFields('BatchEmbedContentsRequest', [
      { where: 'requests', problem: 'requests must not be empty' },
    ])
  }
  if (requests.length > MOST_IN_BATCH) {
    throw invalidFields('BatchEmbedContentsRequest', [
      { where: 'requests', problem: `at most ${MOST_IN_BATCH} requests can be in one batch` },
    ])
  }
  const orders = requests.map((one, index) => {
    checkModelName(textAt(one, 'model'), model, `requests[${index}]`)
    return embedOrder(one, `BatchEmbedContentsRequest.requests[${index}]`)
  })
  return indented({ embeddings: await embedded(orders, model) })
}

/** What to embed, found valid. */
interface EmbedOrder {
  readonly text: string
  readonly dimensions: number
}

/** A shorter vector is the beginning of the model's own. */
function embedded(orders: readonly EmbedOrder[], model: SimulatedModel): Promise<readonly JsonObject[]> {
  const space = { modelId: model.id, dimensions: DIMENSIONS }
  return textVectors(
    orders.map(({ text }) => text),
    space,
    (vector, index) => ({ values: vector.slice(0, orders[index]?.dimensions) }),
  )
}

function embedOrder(request: JsonObject, messageName: string): EmbedOrder {
  const problems: FieldProblem[] = []
  const content = optionalMessage(request, 'content')
  const parts = messagesAt(content ?? {}, 'parts')
  if (content === undefined) problems.push({ where: 'content', problem: 'content is not specified' })
  else if (parts.length === 0) problems.push({ where: 'content.parts', problem: 'parts must not be empty' })
  const dimensions = optionalNumber(request, 'outputDimensionality') ?? DIMENSIONS
  if (dimensions < 1 || dimensions > DIMENSIONS) {
    problems.push({
      where: 'output_dimensionality',
      problem: `must be in the range [1, ${DIMENSIONS}] but it is ${dimensions}`,
    })
  }
  const taskType = optionalText(request, 'taskType')
  if (textAt(request, 'title') !== '' && taskType !== 'RETRIEVAL_DOCUMENT') {
    problems.push({ where: 'title', problem: 'title is only valid with task_type=RETRIEVAL_DOCUMENT' })
  }
  if (problems.length > 0) throw invalidFields(messageName, problems)
  const said = parts.map((part) => {
    const text = optionalText(part, 'text')
    const data = textAt(messageAt(part, 'inlineData'), 'data')
    if (text === undefined && data === '') throw invalid('Content to embed must be text or inline data.')
    return text ?? hash('sha256', data)
  })
  return { text: said.join('\n'), dimensions }
}

function indented(value: JsonObject): string {
  return `${JSON.stringify(value, null, 2)}\n`
}
