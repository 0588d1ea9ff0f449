import { Menu, toast, UnstyledButton, useMantineColorScheme } from '~/components';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { api, setCsrfToken } from '~/api/client';
import { sessionQuery } from '~/api/session';
import { LANGUAGES, setLanguage, type Language } from '~/i18n';
import { IconCheck, IconDeviceDesktop, IconLogout, IconMoon, IconSelector, IconSun, IconUser } from '~/icons';
import classes from './AccountSwitcher.module.css';
import { useFrame } from './context';

const SCHEMES = [
  { value: 'light', icon: IconSun, label: 'frame.light' },
  { value: 'dark', icon: IconMoon, label: 'frame.dark' },
  { value: 'auto', icon: IconDeviceDesktop, label: 'frame.system' },
] as const;

export function UserMenu() {
  const { t, i18n } = useTranslation();
  const { session } = useFrame();
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  const signOut = useSignOut();

  return (
    <Menu position="top-start" width={230}>
      <Menu.Target>
        <UnstyledButton className={classes.account} aria-label={t('frame.user_menu', { name: session.user.name })}>
          <span className={classes.name} style={{ fontWeight: 500 }}>
            {session.user.name}
          </span>
          <IconSelector size={16} aria-hidden />
        </UnstyledButton>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>{session.user.email}</Menu.Label>
        <Menu.Item leftSection={<IconUser size={16} />} renderRoot={(props) => <Link to="/settings" {...props} />}>
          {t('frame.profile')}
        </Menu.Item>
        <Menu.Divider />
        <Menu.Label>{t('frame.appearance')}</Menu.Label>
        {SCHEMES.map(({ value, icon: Icon, label }) => (
          <Menu.Item
            key={value}
            role="menuitemradio"
            aria-checked={colorScheme === value}
            leftSection={<Icon size={16} />}
            rightSection={colorScheme === value ? <IconCheck size={16} /> : null}
            onClick={() => setColorScheme(value)}
          >
            {t(label)}
          </Menu.Item>
        ))}
        <Menu.Label>{t('frame.language')}</Menu.Label>
        {(Object.entries(LANGUAGES) as [Language, string][]).map(([language, name]) => (
          <Menu.Item
            key={language}
            lang={language}
            role="menuitemradio"
            aria-checked={i18n.language === language}
            rightSection={i18n.language === language ? <IconCheck size={16} /> : null}
            onClick={() => void setLanguage(language)}
          >
            {name}
          </Menu.Item>
        ))}
        <Menu.Divider />
        <Menu.Item leftSection={<IconLogout size={16} />} onClick={() => signOut.mutate()}>
          {t('frame.sign_out')}
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}

function useSignOut() {
  const queries = useQueryClient();
  const navigate = useNavigate();
  return useMutation({
    mutationFn: () => api.DELETE('/api/session'),
    onError: toast.failed,
    onSuccess: async () => {
      setCsrfToken(null);
      queries.clear();
      queries.setQueryData(sessionQuery.queryKey, null);
      await navigate({ to: '/sign-in' });
    },
  });
}
