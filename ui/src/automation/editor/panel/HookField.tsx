import { useTranslation } from 'react-i18next';
import { Button, Group, Stack, Text, TextLink, useDisclosure } from '~/components';
import { useFrame } from '~/frame/context';
import { NewHookModal } from '~/hooks/NewHookModal';
import { IconPlus } from '~/icons';
import { ThingPicker, type PickerProps } from './fields';

type Props = Pick<PickerProps, 'label' | 'data' | 'value' | 'onChange' | 'disabled'>;

/** One of the hooks, or a new one. */
export function HookField(props: Props) {
  const { t } = useTranslation();
  const { can } = useFrame();
  const [making, make] = useDisclosure(false);
  return (
    <Stack gap="xs">
      <ThingPicker {...props} />
      <Text size="xs" c="dimmed">
        {t('automation.hook_hint')}
      </Text>
      <Group gap="md">
        {!props.disabled && can('audience:write') && (
          <Button variant="default" size="compact-sm" leftSection={<IconPlus size={14} />} onClick={make.open}>
            {t('hooks.new')}
          </Button>
        )}
        <TextLink to="/automations/hooks" size="xs">
          {t('automation.to_hooks')}
        </TextLink>
      </Group>
      {making && <NewHookModal onMade={({ id }) => props.onChange(id)} onClose={make.close} />}
    </Stack>
  );
}
