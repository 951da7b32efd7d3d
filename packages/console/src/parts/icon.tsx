// size: a declared table of pictures
/** Strokes on a 20 × 20 ground. */
const paths = {
  overview: 'M3 16V9m4.7 7V4m4.6 12v-5M17 16V7',
  models: 'M10 2.5 17 6v8l-7 3.5L3 14V6zM3 6l7 3.5L17 6M10 9.5v8',
  routes: 'M4 17V3M4 12c0-5 10-4 10-9M11.5 5.5 14 3l2.5 2.5',
  switches: 'M3 6h11m0 0-3-3m3 3-3 3M17 14H6m0 0 3-3m-3 3 3 3',
  agents: 'M5 8h10v8H5zM10 8V4.5M8 12h.01M12 12h.01M10 4.5a1 1 0 1 0 0-2 1 1 0 0 0 0 2M2.5 11v3M17.5 11v3',
  providers: 'M12.5 7.5a4 4 0 1 0-3.7 4L11 13.500h2v2h2V18h2.5v-3.500l-5-5a4 4 0 0 0 0-2M7 7h.01',
  usage: 'M3 3v14h14M6 13l3.500-4 3 2.500L17 6',
  why: 'M7.500 7.500a2.500 2.500 0 1 1 3.700 2.200c-.8.400-1.200 1-1.200 1.800M10 14.500h.01M10 18a8 8 0 1 0 0-16 8 8 0 0 0 0 16',
  playground: 'M3 4h14v10H8l-4 3v-3H3zM6.500 8h7M6.500 11h4',
  sun: 'M10 13.500a3.500 3.500 0 1 0 0-7 3.500 3.500 0 0 0 0 7M10 1.500v2M10 16.500v2M1.500 10h2M16.500 10h2M4 4l1.400 1.400M14.600 14.600 16 16M4 16l1.400-1.400M14.600 5.400 16 4',
  moon: 'M16.500 12A7 7 0 0 1 8 3.500a7 7 0 1 0 8.500 8.500',
  system: 'M3 4h14v9H3zM7.500 16.500h5M10 13v3.500',
  menu: 'M3 5.500h14M3 10h14M3 14.500h14',
  close: 'M5 5l10 10M15 5 5 15',
  check: 'M4 10.500 8 14.500 16 6',
  warning: 'M10 3 18 16.500H2zM10 8v4M10 14.300h.01',
  error: 'M10 18a8 8 0 1 0 0-16 8 8 0 0 0 0 16M10 6v5M10 13.800h.01',
  down: 'M5 8l5 5 5-5',
  up: 'M5 12l5-5 5 5',
  right: 'M8 5l5 5-5 5',
  keyboard: 'M2.500 5h15v10h-15zM5.500 8h.01M8.500 8h.01M11.500 8h.01M14.500 8h.01M6 12h8',
  user: 'M10 10a3.500 3.500 0 1 0 0-7 3.500 3.500 0 0 0 0 7M3.500 17c.5-3.500 3-5 6.500-5s6 1.500 6.500 5',
  search: 'M9 15A6 6 0 1 0 9 3a6 6 0 0 0 0 12M13.500 13.500 17.500 17.500',
  download: 'M10 3v9m0 0-3.500-3.500M10 12l3.500-3.500M3.500 16.500h13',
  undo: 'M4 8h8a4.500 4.500 0 0 1 0 9H8M4 8l3.500-3.500M4 8l3.500 3.500',
  copy: 'M7 7h10v10H7zM13 7V3H3v10h4',
  grip: 'M7.500 5h.01M12.500 5h.01M7.500 10h.01M12.500 10h.01M7.500 15h.01M12.500 15h.01',
  plus: 'M10 4v12M4 10h12',
  link: 'M8.500 11.500a3 3 0 0 0 4.300 0l3-3a3 3 0 0 0-4.300-4.300l-1 1M11.500 8.500a3 3 0 0 0-4.300 0l-3 3a3 3 0 0 0 4.300 4.300l1-1',
} as const

export type IconName = keyof typeof paths

/** Decoration: what it means stands in words beside it, or in its button's label. */
export const Icon = ({ name, size = 18 }: { readonly name: IconName; readonly size?: number }) => (
  <svg
    className="icon"
    width={size}
    height={size}
    viewBox="0 0 20 20"
    fill="none"
    stroke="currentColor"
    strokeWidth={name === 'grip' ? 2.4 : 1.6}
    strokeLinecap="round"
    strokeLinejoin="round"
    aria-hidden="true"
  >
    <path d={paths[name]} />
  </svg>
)
