import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { blocksQuery, timeActions } from '~/api/bookings';
import type { Host } from '~/api/schema';
import { ActionIcon, Button, Card, ErrorState, Skeleton, Text, useUndoable } from '~/components';
import { useBlockWords } from '~/bookings/words';
import { IconPlus, IconTrash } from '~/icons';
import classes from '../Booking.module.css';
import { BlockModal } from './BlockModal';

/** Time that a host has for nobody: once, or again and again. */
export function Times({ host, disabled }: { host: Host; disabled: boolean }) {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const words = useBlockWords();
  const { hidden, later } = useUndoable();
  const blocks = useQuery(blocksQuery(host.id));
  const [adding, add] = useState(false);
  const shown = (blocks.data ?? []).filter(({ id }) => !hidden.has(`block ${id}`));
  return (
    <Card
      title={t('booking.blocks_of', { name: host.name })}
      aside={
        !disabled && (
          <Button variant="default" leftSection={<IconPlus size={15} />} onClick={() => add(true)}>
            {t('booking.add_block')}
          </Button>
        )
      }
    >
      <Text size="sm" c="dimmed" mb="xs">
        {t('booking.blocks_text')}
      </Text>
      {blocks.isPending && <Skeleton h={40} />}
      {blocks.isError && <ErrorState error={blocks.error} retry={() => void blocks.refetch()} />}
      <div className={classes.list}>
        {shown.map((block) => {
          const { id, title, when } = block;
          return (
            <div key={id} className={classes.row}>
              <div>
                <Text size="sm" fw={500}>
                  {title || t('booking.blocked')}
                </Text>
                <Text size="xs" c="dimmed">
                  {words(when)}
                </Text>
              </div>
              {!disabled && (
                <ActionIcon
                  aria-label={t('booking.remove_block', { name: title || words(when) })}
                  onClick={() =>
                    later(`block ${id}`, t('booking.block_removed'), async () => {
                      await timeActions.unblock(host.id, id);
                      await queries.invalidateQueries({ queryKey: ['hosts', host.id, 'blocks'] });
                    })
                  }
                >
                  <IconTrash size={16} />
                </ActionIcon>
              )}
            </div>
          );
        })}
      </div>
      {adding && <BlockModal host={host} onClose={() => add(false)} />}
    </Card>
  );
}
