import { Menu, toast, UnstyledButton } from '~/components';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { api, body, setCsrfToken } from '~/api/client';
import { sessionQuery } from '~/api/session';
import { IconCheck, IconSelector } from '~/icons';
import classes from './AccountSwitcher.module.css';
import { useFrame } from './context';

/** Names the account; with several, changes it. */
export function AccountSwitcher() {
  const { t } = useTranslation();
  const { session } = useFrame();
  const queries = useQueryClient();
  const navigate = useNavigate();
  const current = session.accounts.find(({ id }) => id === session.account);
  const name = current?.name ?? t('frame.no_account');

  const change = useMutation({
    mutationFn: (account: string) => body(api.PUT('/api/session/account', { body: { account } })),
    onError: toast.failed,
    onSuccess: async (changed) => {
      setCsrfToken(changed.csrf_token);
      // Nothing of the other account may stay.
      queries.clear();
      queries.setQueryData(sessionQuery.queryKey, changed);
      await navigate({ to: '/' });
    },
  });

  const label = (
    <>
      <span className={classes.mark} aria-hidden>
        {name.charAt(0).toUpperCase()}
      </span>
      <span className={classes.name}>{name}</span>
    </>
  );
  if (session.accounts.length < 2) return <div className={classes.account}>{label}</div>;
  return (
    <Menu position="bottom-start" width={240}>
      <Menu.Target>
        <UnstyledButton className={classes.account} aria-label={t('frame.switch_account', { name })}>
          {label}
          <IconSelector size={16} aria-hidden />
        </UnstyledButton>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>{t('frame.accounts')}</Menu.Label>
        {session.accounts.map((account) => (
          <Menu.Item
            key={account.id}
            rightSection={account.id === session.account ? <IconCheck size={16} aria-label={t('frame.current')} /> : null}
            onClick={() => account.id !== session.account && change.mutate(account.id)}
          >
            {account.name}
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}
