import { useQuery } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import { Menu, MenuItem, MenuTrigger, Popover } from 'react-aria-components'
import { useLiveState } from '../live/live-context.tsx'
import mark from '../mark.svg'
import { Badge } from '../parts/badge.tsx'
import { Button } from '../parts/button.tsx'
import { Icon, type IconName } from '../parts/icon.tsx'
import { useClient, useSession, useSignOut } from '../session/session-context.tsx'
import { fill } from '../text/fill.ts'
import { chooseTheme, useThemeChoice, type ThemeChoice } from './theme.ts'
import { showShortcuts } from './shortcuts.tsx'
import { text } from './text.ts'

export const TopBar = ({ onMenu }: { readonly onMenu: () => void }) => {
  const { environment } = useSession()
  return (
    <header className="top-bar">
      <div className="menu-button">
        <Button kind="quiet" icon="menu" label={text.openNavigation} onPress={onMenu} />
      </div>
      <span className="brand">
        <img src={mark} width={22} height={22} alt="" />
        <span className="brand-name">{text.name}</span>
      </span>
      <WithLabel label={fill(text.environment, { name: environment })}>
        <Badge tone={environment === 'prod' ? 'bad' : environment === 'staging' ? 'warn' : 'neutral'}>
          {environment}
        </Badge>
      </WithLabel>
      <span className="top-bar-space" />
      <RevisionNumber />
      <LiveMark />
      <ThemeMenu />
      <UserMenu />
    </header>
  )
}

const WithLabel = ({ children, label }: { readonly label: string; readonly children: ReactNode }) => (
  <span title={label}>{children}</span>
)

function RevisionNumber() {
  const client = useClient()
  const { data } = useQuery({
    queryKey: ['revisions', 'newest'],
    queryFn: ({ signal }) => client.revisions.list({ limit: 1 }, { signal }),
  })
  const number = data?.data[0]?.number
  if (number === undefined) return null
  return <span className="soft number only-wide">{fill(text.revision, { number })}</span>
}

const liveWords = {
  live: [text.live, text.liveHint],
  connecting: [text.connecting, text.liveHint],
  lost: [text.lost, text.lostHint],
} as const

function LiveMark() {
  const state = useLiveState()
  const [word, hint] = liveWords[state]
  return (
    <span className={`live live-${state}`} role="status" title={hint}>
      {word}
    </span>
  )
}

const themes: readonly (readonly [ThemeChoice, string, IconName])[] = [
  ['light', text.themeLight, 'sun'],
  ['dark', text.themeDark, 'moon'],
  ['system', text.themeSystem, 'system'],
]

function ThemeMenu() {
  const choice = useThemeChoice()
  const icon = themes.find(([name]) => name === choice)?.[2] ?? 'system'
  return (
    <MenuTrigger>
      <Button kind="quiet" icon={icon} label={text.theme} />
      <Popover className="popover" placement="bottom end">
        <Menu
          className="options"
          aria-label={text.theme}
          selectionMode="single"
          selectedKeys={[choice]}
          onAction={(key) => {
            const chosen = themes.find(([name]) => name === key)
            if (chosen !== undefined) chooseTheme(chosen[0])
          }}
        >
          {themes.map(([name, label, picture]) => (
            <MenuItem key={name} id={name} className="option" textValue={label}>
              <Icon name={picture} size={16} />
              {label}
            </MenuItem>
          ))}
        </Menu>
      </Popover>
    </MenuTrigger>
  )
}

function UserMenu() {
  const { name, scopes } = useSession()
  const signOut = useSignOut()
  return (
    <MenuTrigger>
      <Button kind="quiet" icon="user" label={fill(text.user, { name })}>
        <span className="user-name only-wide">{name}</span>
      </Button>
      <Popover className="popover" placement="bottom end">
        <div className="user-facts">
          <strong>{name}</strong>
          <span className="soft">{fill(text.scopes, { scopes: scopes.join(', ') })}</span>
        </div>
        <Menu
          className="options"
          aria-label={fill(text.user, { name })}
          onAction={(key) => (key === 'keys' ? showShortcuts() : signOut())}
        >
          <MenuItem id="keys" className="option" textValue={text.shortcuts}>
            <Icon name="keyboard" size={16} />
            {text.shortcuts}
          </MenuItem>
          <MenuItem id="out" className="option" textValue={text.signOut}>
            <Icon name="close" size={16} />
            {text.signOut}
          </MenuItem>
        </Menu>
      </Popover>
    </MenuTrigger>
  )
}
