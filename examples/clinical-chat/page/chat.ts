import {
  connectModelSwitchNotifications,
  showModelSwitchConfirmation,
  showModelSwitchDialog,
  type ToldNotification,
} from '@pointsman/notify'
import { createClient, type Client } from '@pointsman/sdk'
import { page, problemOf, tellTrouble } from './page.ts'
import { openSession, type Session } from './session.ts'
import { addAnswer, addChange, addOwn } from './transcript.ts'

interface Message {
  readonly role: 'user' | 'assistant'
  readonly content: string
}

const useCase = 'clinical'
/** The server keeps no text: the page sends along what was said, as far back as this. */
const mostSent = 40
/** A conversation outlives a reload of its tab, and ends with the tab. */
const conversationKey = 'conversation'

/** One conversation of the page. A holder of mutable state: what was said, which model answers, the answer that comes. */
class Chat {
  readonly #session: Session
  readonly #conversationId: string
  readonly #said: Message[] = []
  #serving = { id: '', name: '' }
  #stop: AbortController | null = null

  constructor(session: Session, conversationId: string) {
    this.#session = session
    this.#conversationId = conversationId
  }

  /** Hears of every switch after which the next answer comes from another model. */
  follow(): void {
    connectModelSwitchNotifications({
      url: this.#session.pointsmanUrl,
      token: () => this.#session.token(),
      conversationId: this.#conversationId,
      onNotification: (notice) => this.#tellSwitch(notice),
      onState: (state) => {
        if (state.kind === 'open') tellTrouble(null)
        if (state.kind === 'waiting') tellTrouble(`Connection lost: trying again. ${state.problem}`)
        if (state.kind === 'closed' && state.end.reason === 'refused') tellTrouble(state.end.message)
      },
    })
  }

  async send(text: string): Promise<void> {
    if (this.#stop !== null) return
    tellTrouble(null)
    addOwn(text)
    this.#said.push({ role: 'user', content: text })
    const stop = new AbortController()
    this.#answering(stop)
    const answer = addAnswer()
    try {
      const client = await this.#client()
      const order = {
        conversationId: this.#conversationId,
        useCase,
        messages: this.#said.slice(-mostSent),
        // Notices come by their own way, to every window of this conversation.
        showNotification: false,
      }
      for await (const event of client.bedrockAiChatStream(order, { signal: stop.signal })) {
        if (event.type === 'start') this.#serves(event.model, event.modelName)
        if (event.type === 'delta') answer.write(event.text)
        if (event.type === 'done') answer.end(event.data.modelName, true)
      }
      this.#said.push({ role: 'assistant', content: answer.text() })
    } catch (error) {
      const why = stop.signal.aborted ? 'Stopped.' : problemOf(error)
      if (answer.text() === '') {
        // Nothing came of it: the words are given back, so that they can be sent again.
        answer.remove()
        this.#said.pop()
        if (page.text.value === '') page.text.value = text
        tellTrouble(why)
      } else {
        this.#said.push({ role: 'assistant', content: answer.text() })
        answer.end(`Not whole: ${why}`, false)
      }
    } finally {
      this.#answering(null)
    }
  }

  stop(): void {
    this.#stop?.abort()
  }

  async change(): Promise<void> {
    const client = await this.#client()
    const availableModels = await client.getModelsForUseCase(useCase)
    const { id, name } = this.#serving
    const chosen = await showModelSwitchDialog({
      availableModels,
      currentModelId: id,
      currentModelName: name,
    })
    const model = availableModels.find((one) => one.id === chosen)
    if (model === undefined) return
    const reason = 'Chosen in the clinical chat'
    if (!(await showModelSwitchConfirmation({ fromModel: name, toModel: model.name, reason }))) return
    const conversationId = this.#conversationId
    await (
      await this.#client()
    ).orchestrate({ action: 'switch', modelId: model.id, conversationId, reason, showNotification: false })
  }

  /** A token may end while the page is open: each call takes one that holds. */
  async #client(): Promise<Client> {
    return createClient({ url: this.#session.pointsmanUrl, key: await this.#session.token() })
  }

  #tellSwitch({ modelId, modelName }: ToldNotification): undefined {
    if (modelId !== this.#serving.id) addChange(`From here on ${modelName} answers.`)
    this.#serves(modelId, modelName)
  }

  #serves(id: string, name: string): void {
    this.#serving = { id, name }
    page.serving.textContent = `Answers: ${name}`
    page.change.disabled = false
  }

  #answering(stop: AbortController | null): void {
    this.#stop = stop
    page.stop.hidden = stop === null
    page.send.hidden = stop !== null
  }
}

async function start(): Promise<void> {
  const session = await openSession()
  const conversationId = sessionStorage.getItem(conversationKey) ?? crypto.randomUUID()
  sessionStorage.setItem(conversationKey, conversationId)
  const chat = new Chat(session, conversationId)
  chat.follow()
  page.compose.addEventListener('submit', (event) => {
    event.preventDefault()
    const text = page.text.value.trim()
    if (text === '' || page.send.hidden) return
    page.text.value = ''
    void chat.send(text)
  })
  page.text.addEventListener('keydown', (event) => {
    if (event.key !== 'Enter' || event.shiftKey || event.isComposing) return
    event.preventDefault()
    page.compose.requestSubmit()
  })
  page.stop.addEventListener('click', () => chat.stop())
  page.change.addEventListener('click', () => {
    chat.change().catch((error: unknown) => tellTrouble(problemOf(error)))
  })
  page.anew.addEventListener('click', () => {
    sessionStorage.removeItem(conversationKey)
    location.reload()
  })
}

start().catch((error: unknown) => tellTrouble(problemOf(error)))
