import { Spotlight } from '~/components/palette';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { IconArrowRight, IconSearch } from '~/icons';
import { useFrame } from './context';
import { footNavigation, navigation } from './navigation';
import { paletteStore } from './palette';

/** Ctrl or Cmd with K: pages, actions and people. */
export function CommandPalette() {
  const { t } = useTranslation();
  const { can } = useFrame();
  const navigate = useNavigate();
  const [query, setQuery] = useState('');
  const matches = (label: string) => label.toLowerCase().includes(query.trim().toLowerCase());
  const pages = [...navigation(t).flatMap((section) => section.destinations), ...footNavigation(t)].filter(
    ({ label, needs }) => matches(label) && (!needs || can(needs)),
  );

  return (
    <Spotlight.Root
      store={paletteStore}
      query={query}
      onQueryChange={setQuery}
      shortcut={['mod + K']}
      radius="lg"
      centered={false}
      yOffset="12dvh"
      overlayProps={{ backgroundOpacity: 0.4, blur: 0 }}
      size={600}
      transitionProps={{ duration: 80 }}
      attributes={{ content: { 'aria-label': t('palette.title') } }}
      scrollable
      maxHeight={440}
    >
      <Spotlight.Search
        placeholder={t('palette.placeholder')}
        aria-label={t('palette.placeholder')}
        leftSection={<IconSearch size={18} stroke={1.6} />}
      />
      <Spotlight.ActionsList>
        {pages.length > 0 && (
          <Spotlight.ActionsGroup label={t('palette.pages')}>
            {pages.map(({ to, label, icon: Icon }) => (
              <Spotlight.Action
                key={to}
                label={label}
                leftSection={<Icon size={18} stroke={1.6} />}
                rightSection={<IconArrowRight size={14} aria-hidden />}
                onClick={() => void navigate({ to })}
              />
            ))}
          </Spotlight.ActionsGroup>
        )}
        {pages.length === 0 && <Spotlight.Empty>{t('palette.nothing')}</Spotlight.Empty>}
      </Spotlight.ActionsList>
    </Spotlight.Root>
  );
}
