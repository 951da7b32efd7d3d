import { build, drawing, drawings, foreign } from '../elements/build.ts'
import { english } from '../messages/english.ts'
import { displayedText, longest } from '../text/displayed-text.ts'
import { providerName } from '../text/provider-name.ts'
import type { ModelSwitchNotification } from './notification.ts'

export interface NoticeCard {
  readonly element: HTMLElement
  readonly closeButton: HTMLButtonElement
  /** As it is read aloud. */
  readonly heard: string
}

export function buildNoticeCard(notice: ModelSwitchNotification): NoticeCard {
  const { notification: words, language } = notice.messages ?? english
  const isAuto = notice.type === 'auto'
  const title = displayedText(notice.title, longest.title) || (isAuto ? words.autoTitle : words.manualTitle)
  const name = displayedText(notice.modelName, longest.name) || displayedText(notice.modelId, longest.name)
  const provider = providerName(notice.provider, notice.modelId)
  const message = displayedText(notice.message, longest.message)
  const closeButton = build('button', 'close', {
    attributes: { type: 'button', 'aria-label': words.close },
    children: [drawing('', drawings.close)],
  })
  const model = build('p', 'model', {
    children: [
      foreign('span', 'name', name),
      ...(provider === null ? [] : [foreign('span', 'provider', provider)]),
    ],
  })
  const element = build('li', isAuto ? 'notice auto' : 'notice manual', {
    attributes: { lang: language },
    children: [
      drawing('kind', isAuto ? drawings.auto : drawings.manual),
      build('div', 'said', {
        children: [
          foreign('p', 'title', title),
          model,
          ...(message === '' ? [] : [foreign('p', 'message', message)]),
        ],
      }),
      closeButton,
    ],
  })
  const heard = [title, provider === null ? name : `${name}, ${provider}`, message]
  return { element, closeButton, heard: heard.filter((part) => part !== '').join('. ') }
}
