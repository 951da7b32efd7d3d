import { isAway, serverState } from '../live/server-state.ts'
import { readEntry } from '../session/session.ts'

/**
 * A page's code. While the server is away it is asked for again once that is back: the router would load the whole document
 * anew, and leave the browser's own page of errors in its place.
 */
export async function loadWhenThere<Module>(load: () => Promise<Module>): Promise<Module> {
  for (;;) {
    try {
      return await load()
    } catch (thrown) {
      // Of a newer console the server has other files: that is the router's business.
      if (!(await isServerAway())) throw thrown
      await serverState.whenThere()
    }
  }
}

async function isServerAway(): Promise<boolean> {
  try {
    await readEntry()
    return false
  } catch (thrown) {
    serverState.failed(thrown)
    return isAway(thrown)
  }
}
