interface Parts {
  /** Set as they are; null leaves one out. Never handlers or styles: a strict policy would refuse them. */
  readonly attributes?: { readonly [name: string]: string | null }
  /** Text only: nothing here is ever read as markup. */
  readonly text?: string
  readonly children?: readonly Node[]
}

export function build<Tag extends keyof HTMLElementTagNameMap>(
  tag: Tag,
  className: string,
  { attributes = {}, children = [], text }: Parts = {},
): HTMLElementTagNameMap[Tag] {
  const element = document.createElement(tag)
  if (className !== '') element.className = className
  for (const [name, value] of Object.entries(attributes))
    if (value !== null) element.setAttribute(name, value)
  if (text !== undefined) element.textContent = text
  element.append(...children)
  return element
}

/** Text of others: its direction is its own and ends with it, while its place is that of the page's direction. */
export const foreign = (tag: 'dd' | 'p' | 'span', className: string, text: string): HTMLElement =>
  build(tag, className, { children: [build('bdi', '', { text })] })

const svg = 'http://www.w3.org/2000/svg'

/** A line drawing of 24 by 24, in the colour of its text. It says nothing that the text does not. */
export function drawing(className: string, path: string): SVGSVGElement {
  const picture = document.createElementNS(svg, 'svg')
  picture.setAttribute('class', className)
  picture.setAttribute('viewBox', '0 0 24 24')
  picture.setAttribute('aria-hidden', 'true')
  const line = document.createElementNS(svg, 'path')
  line.setAttribute('d', path)
  picture.append(line)
  return picture
}

export const drawings = {
  /** Two arrows around a circle: by itself. */
  auto: 'M20 11A8 8 0 0 0 5.6 7M4 3.5V8h4.5M4 13a8 8 0 0 0 14.4 4M20 20.5V16h-4.5',
  /** Two arrows past each other: somebody's choice. */
  manual: 'M4 8.5h15M15.5 5l3.5 3.5L15.5 12M20 15.5H5M8.5 12L5 15.5 8.5 19',
  close: 'M6.5 6.5l11 11M17.500 6.5l-11 11',
  search: 'M10.5 4a6.5 6.5 0 1 0 0 13 6.5 6.5 0 0 0 0-13M15.5 15.5L20 20',
} as const
