import type { BrowserContext, Page } from 'playwright-core'

/** A page of the console, and what stands there once it shows what it is about. */
export interface MeasuredPage {
  readonly path: string
  /** CSS; the first of it is the page's first content. */
  readonly shows: string
}

const row = '.table-frame tbody tr:not(.table-space)'

/** Every page of the navigation, and those below and behind a filter that ask something else. */
export const measuredPages: readonly MeasuredPage[] = [
  { path: '/overview?range=1h', shows: '.figure-value' },
  { path: '/overview', shows: '.figure-value' },
  { path: '/overview?range=30d', shows: '.figure-value' },
  { path: '/models', shows: `[aria-label="Catalogue"] tbody tr` },
  { path: '/models?search=model-99', shows: `[aria-label="Catalogue"] tbody tr` },
  { path: '/routes', shows: row },
  { path: '/routes/use-case/clinical', shows: '.routes-stop.serves' },
  { path: '/switches', shows: row },
  { path: '/switches?scope=use-case/clinical', shows: row },
  { path: '/agents', shows: row },
  { path: '/providers', shows: '[aria-label="Keys of this gateway"] tbody tr, .table-frame tbody tr' },
  { path: '/usage', shows: '.usage-table tbody tr' },
  { path: '/usage?by=user&range=30d&compare=true', shows: '.usage-table tbody tr' },
  { path: '/usage?by=key&range=90d', shows: '.usage-table tbody tr' },
  { path: '/why', shows: row },
  { path: '/playground', shows: '.chat-turns' },
]

export interface PageResponse {
  /** Without the origin and the console's own prefix. */
  readonly asked: string
  readonly bytes: number
  readonly tookMs: number
}

export interface PageMeasure {
  readonly path: string
  /** From the navigation's begin until the first content that is data. */
  readonly firstDataMs: number
  /** Until nothing is being read any more. */
  readonly settledMs: number
  /** Of the control API; files of the console stand in the browser's cache. */
  readonly responses: readonly PageResponse[]
  readonly nodes: number
}

/** Opens a page anew in a signed-in profile, as somebody does who follows a link. */
export async function measurePage(
  context: BrowserContext,
  origin: string,
  { path, shows }: MeasuredPage,
): Promise<PageMeasure> {
  const page = await context.newPage()
  const responses = watchResponses(page)
  await page.addInitScript(watchFor(shows))
  try {
    await page.goto(`${origin}/console${path}`)
    const firstDataMs = await firstData(page)
    await page.locator('.loading').first().waitFor({ state: 'detached' })
    await responses.quiet()
    const [settledMs, nodes] = await page.evaluate<[number, number]>(
      '[performance.now(), document.querySelectorAll("*").length]',
    )
    return { path, firstDataMs, settledMs, nodes, responses: responses.seen() }
  } finally {
    await page.close()
  }
}

const longestMs = 60_000

/** Asked for again and again: what waits inside the page would need its policy to let it run texts. */
async function firstData(page: Page): Promise<number> {
  for (let waitedMs = 0; waitedMs < longestMs; waitedMs += 25) {
    const atMs = await page.evaluate<number | null>('globalThis.firstDataMs ?? null')
    if (atMs !== null) return atMs
    await page.waitForTimeout(25)
  }
  throw new Error(`${page.url()} shows nothing of what it is about`)
}

/** Runs in the page: says when the first content stood there, as the page's own clock counts. A text, as it is no program of Node. */
const watchFor = (selector: string): string => `(() => {
  const look = () => {
    if (document.querySelector(${JSON.stringify(selector)}) === null) requestAnimationFrame(look)
    else globalThis.firstDataMs = performance.now()
  }
  look()
})()`

function watchResponses(page: Page) {
  const seen: PageResponse[] = []
  let underWay = 0
  let lastAtMs = Date.now()
  const isAsked = (url: string): boolean =>
    /\/console\/(?:api\/v1|functions)\//.test(url) && !/\/events\b/.test(url)
  page.on('request', (request) => {
    if (isAsked(request.url())) underWay += 1
  })
  page.on('requestfinished', (request) => {
    if (!isAsked(request.url())) return
    const { pathname, search } = new URL(request.url())
    void request.sizes().then(({ responseBodySize }) => {
      const { responseEnd } = request.timing()
      seen.push({
        asked: `${pathname.replace('/console', '')}${search}`,
        bytes: responseBodySize,
        tookMs: Math.round(responseEnd),
      })
      underWay -= 1
      lastAtMs = Date.now()
    })
  })
  page.on('requestfailed', (request) => {
    if (isAsked(request.url())) underWay -= 1
  })
  return {
    seen: (): readonly PageResponse[] => seen,
    /** Nothing was asked and nothing answered for a while. */
    quiet: async (): Promise<void> => {
      while (underWay > 0 || Date.now() - lastAtMs < 250) await page.waitForTimeout(50)
    },
  }
}
