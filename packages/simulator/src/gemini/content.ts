import { hash } from 'node:crypto'
import type { PromptBlock, PromptMessage } from '../answer/prompt.ts'
import type { JsonObject } from '../json.ts'
import { GeminiFailure, invalid } from './failure.ts'
import type { FieldProblem } from './failure.ts'
import { isTrue, messageAt, messagesAt, optionalMessage, optionalText, textAt } from './fields.ts'
import { checkSignature } from './signatures.ts'

/** One message with what the rules about turns look at. */
export interface Turn {
  readonly message: PromptMessage
  /** Among the contents, from 1. */
  readonly position: number
  /** Names of the functions that it calls, in order, with whether the part carries a signature. */
  readonly calls: readonly { readonly name: string; readonly isSigned: boolean }[]
  readonly responses: number
  /** True when it holds something else than responses. */
  readonly hasOther: boolean
}

/** Responses of functions may come without a role: litellm 1.81 sends them so (2026-11). */
function checkRole(role: string, isAlone: boolean, parts: readonly JsonObject[]): void {
  const mayLack = isAlone || parts.some((part) => optionalMessage(part, 'functionResponse') !== undefined)
  if (!ROLES.has(role) || (role === '' && !mayLack)) throw invalid('Please use a valid role: user, model.')
}

/** Reads `contents`; adds to `problems` what the vendor's validator tells line by line. */
export function readTurns(contents: readonly JsonObject[], problems: FieldProblem[]): readonly Turn[] {
  return contents.map((content, index) => {
    const where = `contents[${index}]`
    const role = textAt(content, 'role')
    const parts = messagesAt(content, 'parts')
    checkRole(role, contents.length === 1, parts)
    if (parts.length === 0) {
      problems.push({ where: `${where}.parts`, problem: 'contents.parts must not be empty.' })
    }
    const blocks = parts.map((part, at) => readPart(part, `${where}.parts[${at}]`, problems))
    const responses = blocks.filter((block) => block?.kind === 'toolResult').length
    return {
      position: index + 1,
      message: {
        role: role === 'model' ? 'assistant' : 'user',
        blocks: blocks.filter((block) => block !== null),
      },
      calls: parts.flatMap((part) => {
        const call = optionalMessage(part, 'functionCall')
        if (call === undefined) return []
        return [{ name: textAt(call, 'name'), isSigned: textAt(part, 'thoughtSignature') !== '' }]
      }),
      responses,
      hasOther: responses < blocks.length,
    }
  })
}

/**
 * Contents of the model in a row are one turn: the official SDK's chats keep each piece of a streamed answer as a content
 * of its own. Those of the user are not joined, so that responses must stand together.
 */
export function mergedModelTurns(turns: readonly Turn[]): readonly Turn[] {
  const runs: Turn[][] = []
  for (const turn of turns) {
    const run = runs.at(-1)
    if (turn.message.role === 'assistant' && run?.[0]?.message.role === 'assistant') run.push(turn)
    else runs.push([turn])
  }
  return runs.flatMap((run) => (run.length === 1 ? run : [joined(run)]))
}

function joined(run: readonly Turn[]): Turn {
  const calling = run.find((turn) => turn.calls.length > 0)
  return {
    message: { role: 'assistant', blocks: run.flatMap((turn) => turn.message.blocks) },
    position: (calling ?? run[0])?.position ?? 1,
    calls: run.flatMap((turn) => turn.calls),
    responses: run.reduce((sum, turn) => sum + turn.responses, 0),
    hasOther: run.some((turn) => turn.hasOther),
  }
}

/** `function` is the older name for who brings responses; `user` does as well. */
const ROLES: ReadonlySet<string> = new Set(['', 'user', 'model', 'function'])

/** Reads the parts of `systemInstruction`, which may be texts only; its role is not looked at. */
export function readSystem(content: JsonObject | undefined): readonly { kind: 'text'; text: string }[] {
  if (content === undefined) return []
  return messagesAt(content, 'parts').map((part) => {
    const said = optionalText(part, 'text')
    if (said === undefined) throw invalid('System instruction should contain text only.')
    return { kind: 'text', text: said }
  })
}

/** Null, and told, for a part without content. */
function readPart(part: JsonObject, where: string, problems: FieldProblem[]): PromptBlock | null {
  const signature = optionalText(part, 'thoughtSignature')
  if (signature !== undefined && signature !== '') checkSignature(signature)
  const said = optionalText(part, 'text')
  if (said !== undefined) return { kind: isTrue(part, 'thought') ? 'reasoning' : 'text', text: said }
  const inline = optionalMessage(part, 'inlineData')
  if (inline !== undefined) return readBlob(inline)
  const file = optionalMessage(part, 'fileData')
  if (file !== undefined) return readFile(file, `${where}.file_data`, problems)
  const call = optionalMessage(part, 'functionCall')
  if (call !== undefined) return readCall(call, `${where}.function_call`, problems)
  const response = optionalMessage(part, 'functionResponse')
  if (response !== undefined) return readResponse(response, `${where}.function_response`, problems)
  const others = ['executableCode', 'codeExecutionResult', 'toolCall', 'toolResponse']
  if (others.some((field) => part[field] !== undefined)) return { kind: 'media', digest: digestOf(part) }
  problems.push({
    where: `${where}.data`,
    problem: "required oneof field 'data' must have one initialized field",
  })
  return null
}

function readCall(call: JsonObject, where: string, problems: FieldProblem[]): PromptBlock {
  const name = textAt(call, 'name')
  if (name === '') problems.push({ where: `${where}.name`, problem: 'Name cannot be empty.' })
  return { kind: 'toolUse', id: textAt(call, 'id'), name, input: messageAt(call, 'args') }
}

function readResponse(response: JsonObject, where: string, problems: FieldProblem[]): PromptBlock {
  const name = textAt(response, 'name')
  if (name === '') problems.push({ where: `${where}.name`, problem: 'Name cannot be empty.' })
  const result = messageAt(response, 'response')
  const attached = messagesAt(response, 'parts').map((part) => readAttachment(part))
  return {
    kind: 'toolResult',
    toolUseId: textAt(response, 'id') || name,
    text: [JSON.stringify(result), ...attached].join('\n'),
    failed: result['error'] !== undefined,
  }
}

function readAttachment(part: JsonObject): string {
  const blob = optionalMessage(part, 'inlineData')
  if (blob !== undefined) return `(${readBlob(blob).kind})`
  return optionalMessage(part, 'fileData') === undefined ? '' : '(file)'
}

// What the vendor's pages on images, documents, audio and video list (2026-10). GIF is not among them.
const IMAGES = /^image\/(?:png|jpeg|webp|heic|heif|avif)$/
const DOCUMENTS = /^(?:application\/(?:pdf|json|xml|x-javascript|x-python|rtf)|text\/[a-z0-9.+-]+)$/
const MEDIA = /^(?:audio|video)\/[a-z0-9.+-]+$/

function readBlob(blob: JsonObject): PromptBlock {
  const mimeType = textAt(blob, 'mimeType').toLowerCase()
  const data = textAt(blob, 'data')
  const bytes = Buffer.byteLength(data, 'base64')
  const kind = kindOf(mimeType)
  if (bytes === 0) {
    throw invalid(
      kind === 'image'
        ? 'Unable to process input image. Please retry or report in https://developers.generativeai.google/guide/troubleshooting'
        : 'The document has no pages.',
    )
  }
  return blockOf(kind, {
    name: textAt(blob, 'displayName') || 'the document',
    bytes,
    digest: hash('sha256', `${mimeType} ${data}`),
  })
}

function readFile(file: JsonObject, where: string, problems: FieldProblem[]): PromptBlock {
  const uri = textAt(file, 'fileUri')
  if (uri === '') problems.push({ where: `${where}.file_uri`, problem: 'file_uri must not be empty.' })
  const uploaded = /(?:^|\/)files\/([^/?#]+)$/.exec(uri)?.[1]
  if (uploaded !== undefined && /^(?:files\/|https?:\/\/[^/]+\/v1(?:beta)?\/files\/)/.test(uri)) {
    throw new GeminiFailure(
      'PERMISSION_DENIED',
      `You do not have permission to access the File ${uploaded} or it may not exist.`,
    )
  }
  const mimeType = textAt(file, 'mimeType').toLowerCase()
  // A web page or a film by its address may come without a type.
  const kind = mimeType === '' ? 'media' : kindOf(mimeType)
  return blockOf(kind, {
    name: uri,
    bytes: Buffer.byteLength(uri),
    digest: hash('sha256', `${mimeType} ${uri}`),
  })
}

function kindOf(mimeType: string): 'image' | 'document' | 'media' {
  if (IMAGES.test(mimeType)) return 'image'
  if (DOCUMENTS.test(mimeType)) return 'document'
  if (MEDIA.test(mimeType)) return 'media'
  throw invalid(`Unsupported MIME type: ${mimeType.slice(0, 100)}`)
}

function blockOf(
  kind: 'image' | 'document' | 'media',
  content: { readonly name: string; readonly bytes: number; readonly digest: string },
): PromptBlock {
  const { name, bytes, digest } = content
  if (kind === 'media') return { kind, digest }
  return kind === 'image' ? { kind, bytes, digest } : { kind, name, bytes, digest }
}

function digestOf(part: JsonObject): string {
  return hash('sha256', JSON.stringify(part))
}
