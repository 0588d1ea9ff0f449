import { useTranslation } from 'react-i18next';
import type { AutomationRestingServer } from '~/api/schema';
import { Popover, Text, UnstyledButton, useDisclosure } from '~/components';
import classes from '~/automation/editor/Automation.module.css';
import { useFormats } from '~/i18n/format';
import { IconZzz } from '~/icons';

/** That the server a step asks is left alone for a while: which, why, since when, and when it is tried again. */
export function Resting({ of, step }: { of: AutomationRestingServer; step: string }) {
  const { t } = useTranslation();
  const format = useFormats();
  const { host, until, failures, error, failed_at } = of;
  const again = format.time(until);
  const [opened, open] = useDisclosure(false);
  return (
    <Popover opened={opened} onChange={open.set} position="bottom-start" shadow="md" radius="md" width={300}>
      <Popover.Target>
        <UnstyledButton
          className={classes.resting}
          aria-label={t('automation.resting_of', { step, time: again })}
          onClick={open.toggle}
          // The focus stays here: there is nothing to do in it.
          onKeyDown={({ key }) => key === 'Escape' && open.close()}
        >
          <IconZzz size={13} aria-hidden />
          {t('automation.resting', { time: again })}
        </UnstyledButton>
      </Popover.Target>
      <Popover.Dropdown aria-label={t('automation.resting', { time: again })}>
        <Text size="sm" fw={600} className={classes.break}>
          {t('automation.resting_title', { host })}
        </Text>
        <Text size="sm" className={classes.break}>
          {t('automation.resting_why', { count: failures, shown: format.number(failures), error, time: format.dateTime(failed_at) })}
        </Text>
        <Text size="sm" mt={6}>
          {t('automation.resting_again', { time: format.dateTime(until) })}
        </Text>
        <Text size="xs" c="dimmed" mt={6}>
          {t('automation.resting_text')}
        </Text>
      </Popover.Dropdown>
    </Popover>
  );
}
