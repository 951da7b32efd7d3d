import {
  createRootRoute,
  createRoute,
  createRouter,
  lazyRouteComponent,
  Navigate,
  useRouter,
  type AnyRouter,
  type ErrorComponentProps,
} from '@tanstack/react-router'
import { pages } from '../pages/index.ts'
import { Button } from '../parts/button.tsx'
import { PageFrame } from '../parts/page.tsx'
import { Empty, Loading, Problem } from '../parts/states.tsx'
import { loadWhenThere } from './load-when-there.ts'
import { Shell } from './shell.tsx'
import { text } from './text.ts'

const base = '/console'
const first = pages[0]?.path ?? '/'

/** Each page owns its path and all below it. */
export function createConsoleRouter(): AnyRouter {
  const root = createRootRoute({ component: Shell, notFoundComponent: NoSuchPage })
  const index = createRoute({
    getParentRoute: () => root,
    path: '/',
    component: () => <Navigate to={first} replace />,
  })
  const routes = pages.flatMap((page) => {
    const component = lazyRouteComponent(() => loadWhenThere(page.load))
    return [page.path, `${page.path}/$`].map((path) =>
      createRoute({ getParentRoute: () => root, path, component }),
    )
  })
  return createRouter({
    routeTree: root.addChildren([index, ...routes]),
    basepath: base,
    defaultPreload: 'intent',
    defaultPendingComponent: Loading,
    defaultErrorComponent: PageFailed,
    defaultNotFoundComponent: NoSuchPage,
    scrollRestoration: false,
  })
}

const NoSuchPage = () => {
  const router = useRouter()
  return (
    <PageFrame title={text.notFoundTitle}>
      <Empty
        title={text.notFound}
        action={<Button onPress={() => void router.navigate({ to: first })}>{text.toOverview}</Button>}
      />
    </PageFrame>
  )
}

const PageFailed = ({ error }: ErrorComponentProps) => (
  <PageFrame title={text.pageFailed} hint={text.pageFailedHint}>
    <Problem error={error} />
    <div>
      <Button onPress={() => location.reload()}>{text.reload}</Button>
    </div>
  </PageFrame>
)
