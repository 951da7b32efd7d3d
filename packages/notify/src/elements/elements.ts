import { ask, type Question } from '../dialogs/question.ts'
import { dialogCss } from '../dialogs/dialog-css.ts'
import { NoticeList } from '../notices/notice-list.ts'
import { noticesCss } from '../notices/notices-css.ts'
import type { ModelSwitchNotification, ShownNotification } from '../notices/notification.ts'
import { shadowOf } from './style-sheet.ts'
import { themeCss } from './theme-css.ts'

/** What another copy of this package, of another version, may call: a page has one place for notices. */
interface NoticesElement extends HTMLElement {
  show(notice: ModelSwitchNotification): ShownNotification
}
interface DialogElement extends HTMLElement {
  ask<Answer>(question: Question<Answer>): Promise<Answer>
}

const noticesTag = 'pointsman-notices'
const dialogTag = 'pointsman-dialog'

/**
 * Classes are made at the first use, not at the import: a server that renders pages has no HTMLElement. A name can be
 * taken once in a document, and is left to the copy that took it.
 */
function defineElements(): void {
  if (typeof document === 'undefined')
    throw new Error('There is no document here. Notices and dialogs are shown in a browser: call this there.')
  if (customElements.get(noticesTag) === undefined)
    customElements.define(
      noticesTag,
      class extends HTMLElement implements NoticesElement {
        readonly #list = new NoticeList(shadowOf(this, themeCss, noticesCss))
        show(notice: ModelSwitchNotification): ShownNotification {
          return this.#list.show(notice)
        }
      },
    )
  if (customElements.get(dialogTag) === undefined)
    customElements.define(
      dialogTag,
      class extends HTMLElement implements DialogElement {
        readonly #root = shadowOf(this, themeCss, dialogCss)
        ask<Answer>(question: Question<Answer>): Promise<Answer> {
          return ask(this, this.#root, question)
        }
      },
    )
}

/** The page's place for notices; made where there is none. */
export function noticesElement(): NoticesElement {
  defineElements()
  const known = document.querySelector<NoticesElement>(noticesTag)
  if (known !== null) return known
  const made = document.createElement(noticesTag) as NoticesElement
  document.body.append(made)
  return made
}

/** Ahead of the first notice: screen readers read what comes into a region that they know. */
export const prepareNotices = (): void => {
  noticesElement()
}

/** One for each question; gone with its answer. */
export function dialogElement(): DialogElement {
  defineElements()
  const made = document.createElement(dialogTag) as DialogElement
  document.body.append(made)
  return made
}
