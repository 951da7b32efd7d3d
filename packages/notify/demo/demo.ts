import {
  english,
  french,
  german,
  showModelSwitchConfirmation,
  showModelSwitchDialog,
  showModelSwitchNotification,
  type AvailableModel,
  type NotifyMessages,
} from '../src/index.ts'

const translations: { readonly [language: string]: NotifyMessages } = { en: english, de: german, fr: french }

const models: readonly AvailableModel[] = [
  { id: 'eu.amazon.nova-pro-v1:0', name: 'Amazon Nova Pro', provider: 'amazon', useCase: 'platform' },
  { id: 'eu.amazon.nova-lite-v1:0', name: 'Amazon Nova Lite', provider: 'amazon', useCase: 'health' },
  { id: 'eu.amazon.nova-micro-v1:0', name: 'Amazon Nova Micro', provider: 'amazon', useCase: 'operations' },
  {
    ...{ id: 'eu.anthropic.claude-sonnet-5-5', name: 'Claude Sonnet 5.5 (EU)' },
    ...{ provider: 'anthropic', useCase: 'clinical' },
  },
  {
    ...{ id: 'anthropic.claude-3-5-sonnet-20241022-v2:0', name: 'Claude 3.5 Sonnet' },
    ...{ provider: 'anthropic', useCase: 'clinical', isAvailable: false },
  },
]
const many: readonly AvailableModel[] = Array.from({ length: 1_000 }, (_, index) => ({
  ...{ id: `lab.model-${index + 1}`, name: `Model ${index + 1}`, provider: 'Laboratory' },
  useCase: ['clinical', 'health', 'operations'][index % 3],
}))
const current = { currentModelId: 'eu.amazon.nova-pro-v1:0', currentModelName: 'Amazon Nova Pro' }
const hostile = `<img src=x onerror="document.title='broken'">\u202egnihtemos\u202c`

const element = (id: string): HTMLElement => {
  const found = document.getElementById(id)
  if (found === null) throw new Error(`the page has no element "${id}"`)
  return found
}
const chosen = (id: string): string => {
  const list = element(id)
  return list instanceof HTMLSelectElement ? list.value : ''
}
const words = (): { readonly messages: NotifyMessages } => ({
  messages: translations[chosen('language')] ?? english,
})
const tell = (answer: string | boolean | null): void => {
  element('answer').textContent = String(answer)
}
const ask = (answer: () => Promise<string | boolean | null>) => (): void => {
  answer().then(tell, reportError)
}

const told = (
  type: 'auto' | 'manual',
  names: readonly [from: string, to: string],
  reason: string,
): string => {
  const [from, modelName] = names
  const { switched } = words().messages.notification
  return switched?.({ type, from, modelName, reason }) ?? `Replaced ${from} with ${modelName} (${reason})...`
}

element('auto').addEventListener('click', () => {
  const modelName = 'Claude Sonnet 5.5 (EU)'
  showModelSwitchNotification({
    ...{ modelName, modelId: 'eu.anthropic.claude-sonnet-5-5', type: 'auto' },
    message: told('auto', ['Amazon Nova Pro', modelName], 'use case clinical'),
    ...words(),
  })
})
element('manual').addEventListener('click', () => {
  const modelName = 'Amazon Nova Lite'
  showModelSwitchNotification({
    ...{ modelName, modelId: 'eu.amazon.nova-lite-v1:0', type: 'manual' },
    message: told('manual', ['Amazon Nova Pro', modelName], 'Cost optimization'),
    ...words(),
  })
})
element('hostile').addEventListener('click', () => {
  showModelSwitchNotification({
    ...{ modelName: hostile.repeat(50), modelId: 'x', type: 'auto', provider: hostile },
    message: hostile.repeat(5_000),
    ...words(),
  })
})
element('choose').addEventListener(
  'click',
  ask(() => showModelSwitchDialog({ availableModels: models, ...current, ...words() })),
)
element('choose-of-many').addEventListener(
  'click',
  ask(() => showModelSwitchDialog({ availableModels: many, ...current, ...words() })),
)
element('confirm').addEventListener(
  'click',
  ask(() =>
    showModelSwitchConfirmation({
      ...{ fromModel: 'Claude 3.5 Sonnet', toModel: 'Amazon Nova Lite', reason: 'Cost optimization' },
      ...words(),
    }),
  ),
)
element('language').addEventListener('change', () => {
  document.documentElement.lang = chosen('language')
})
element('direction').addEventListener('change', () => {
  document.documentElement.dir = chosen('direction')
})
element('colours').addEventListener('change', () => {
  document.documentElement.style.colorScheme = chosen('colours')
})
