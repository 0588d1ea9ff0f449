import { Button, Group, Text } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import i18next, { type TFunction } from 'i18next';
import { isProblem } from '~/api/problem';

/** What went wrong, for people: in the page's language where we know what it is, else in the server's words. */
export function describeError(error: unknown, t: TFunction): string {
  if (isProblem(error)) {
    if (error.status === 403 && error.code === 'forbidden') return t('error.forbidden');
    if (error.status === 404) return t('error.not_found');
    if (error.status === 429) return t('error.too_many');
    if (error.code === 'unreadable') return t('error.unreachable');
    const detail = error.problem.detail;
    return detail.charAt(0).toUpperCase() + detail.slice(1);
  }
  if (error instanceof TypeError) return t('error.unreachable');
  return t('error.unexpected');
}

/** How long a change can be taken back. */
export const UNDO_MS = 10_000;

/** Short messages at the edge of the page; screen readers say them. */
export const toast = {
  done(message: string): void {
    notifications.show({ message, withBorder: true, autoClose: 4000, closeButtonProps: closeLabel() });
  },
  failed(error: unknown): void {
    toast.problem(describeError(error, i18next.t));
  },
  problem(message: string): void {
    notifications.show({ message, color: 'red', withBorder: true, autoClose: 8000, role: 'alert', closeButtonProps: closeLabel() });
  },
  undo(message: string, undo: () => void): void {
    const id = notifications.show({
      withBorder: true,
      autoClose: UNDO_MS,
      closeButtonProps: closeLabel(),
      message: (
        <Group justify="space-between" wrap="nowrap" gap="sm">
          <Text size="sm">{message}</Text>
          <Button
            variant="light"
            size="compact-sm"
            onClick={() => {
              notifications.hide(id);
              undo();
            }}
          >
            {i18next.t('action.undo')}
          </Button>
        </Group>
      ),
    });
  },
};

function closeLabel() {
  return { 'aria-label': i18next.t('action.close') };
}
