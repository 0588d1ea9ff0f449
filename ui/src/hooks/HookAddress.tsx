import { useTranslation } from 'react-i18next';
import type { HookWithUrl } from '~/api/schema';
import { Alert, Button, Code, CopyButton, Group, Stack, Text } from '~/components';
import { IconCheck, IconCopy } from '~/icons';
import { curlFor } from './example';
import classes from './Hooks.module.css';

/** The address of a hook, while it can be read, and how to try it. */
export function HookAddress({ hook, onClose }: { hook: HookWithUrl; onClose: () => void }) {
  const { t } = useTranslation();
  const example = curlFor(hook.url, hook.email_at);
  return (
    <Stack gap="md">
      <Alert color="orange" variant="light">
        {t('hooks.once')}
      </Alert>
      <Copied label={t('hooks.address')} copy={t('hooks.copy_address')} text={hook.url} />
      <Copied label={t('hooks.example')} copy={t('hooks.copy_example')} text={example} />
      <Text size="xs" c="dimmed">
        {t('hooks.example_hint')}
      </Text>
      <Group justify="flex-end">
        <Button onClick={onClose}>{t('action.close')}</Button>
      </Group>
    </Stack>
  );
}

function Copied({ label, copy: name, text }: { label: string; copy: string; text: string }) {
  const { t } = useTranslation();
  return (
    <div role="group" aria-label={label}>
      <Group justify="space-between" mb={4}>
        <Text size="sm" fw={500}>
          {label}
        </Text>
        <CopyButton value={text}>
          {({ copied, copy }) => (
            <Button variant="default" size="compact-sm" leftSection={copied ? <IconCheck size={14} /> : <IconCopy size={14} />} onClick={copy}>
              {copied ? t('tokens.copied') : name}
            </Button>
          )}
        </CopyButton>
      </Group>
      <Code block className={classes.code}>
        {text}
      </Code>
    </div>
  );
}
