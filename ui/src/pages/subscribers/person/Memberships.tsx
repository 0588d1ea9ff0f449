import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { api } from '~/api/client';
import { membershipsQuery } from '~/api/subscribers';
import { Card, Group, Menu, Text, toast, Button, ScrollArea, UnstyledButton, useNamed } from '~/components';
import { useFrame } from '~/frame/context';
import { IconPlus, IconX } from '~/icons';
import classes from './Person.module.css';

type Kind = 'group' | 'tag';

interface Change {
  kind: Kind;
  id: string;
  name: string;
  on: boolean;
}

/** The groups and tags of a person; each can be put on and taken off, and back. */
export function Memberships({ id }: { id: string }) {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const { data } = useQuery(membershipsQuery(id));
  const change = useMutation({
    mutationFn: ({ kind, id: of, on }: Change) => {
      if (kind === 'group') {
        const params = { params: { path: { id, group_id: of } } };
        return on ? api.POST('/api/subscribers/{id}/groups/{group_id}', params) : api.DELETE('/api/subscribers/{id}/groups/{group_id}', params);
      }
      const params = { params: { path: { id, tag_id: of } } };
      return on ? api.POST('/api/subscribers/{id}/tags/{tag_id}', params) : api.DELETE('/api/subscribers/{id}/tags/{tag_id}', params);
    },
    onError: toast.failed,
    onSuccess: async (_, done) => {
      await queries.invalidateQueries({ queryKey: ['subscribers', id] });
      void queries.invalidateQueries({ queryKey: [done.kind === 'group' ? 'groups' : 'tags'] });
      if (!done.on) toast.undo(t('person.removed_from', { name: done.name }), () => change.mutate({ ...done, on: true }));
    },
  });
  const set = (kind: Kind) => (of: string, name: string, on: boolean) => change.mutate({ kind, id: of, name, on });
  return (
    <>
      <Names kind="group" title={t('nav.groups')} of={data?.groups ?? []} onChange={set('group')} />
      <Names kind="tag" title={t('nav.tags')} of={data?.tags ?? []} onChange={set('tag')} />
    </>
  );
}

interface NamesProps {
  kind: Kind;
  title: string;
  of: { id: string; name: string }[];
  onChange: (id: string, name: string, on: boolean) => void;
}

function Names({ kind, title, of, onChange }: NamesProps) {
  const { t } = useTranslation();
  const { can } = useFrame();
  const mayWrite = can('audience:write');
  const known = useNamed(kind);
  const others = known.filter(({ value }) => !of.some(({ id }) => id === value));
  return (
    <Card
      title={title}
      aside={
        mayWrite &&
        others.length > 0 && (
          <Menu position="bottom-end" width={220}>
            <Menu.Target>
              <Button variant="subtle" size="compact-sm" leftSection={<IconPlus size={14} />} aria-label={t('person.add_to', { title })}>
                {t('action.add')}
              </Button>
            </Menu.Target>
            <Menu.Dropdown>
              <ScrollArea.Autosize mah={280}>
                {others.map(({ value, label }) => (
                  <Menu.Item key={value} onClick={() => onChange(value, label, true)}>
                    {label}
                  </Menu.Item>
                ))}
              </ScrollArea.Autosize>
            </Menu.Dropdown>
          </Menu>
        )
      }
    >
      {of.length === 0 ? (
        <Text size="sm" c="dimmed">
          {t('person.none')}
        </Text>
      ) : (
        <Group gap={6}>
          {of.map(({ id, name }) => (
            <span key={id} className={classes.pill} data-fixed={!mayWrite || undefined}>
              {name}
              {mayWrite && (
                <UnstyledButton className={classes.remove} aria-label={t('person.remove_from', { name })} onClick={() => onChange(id, name, false)}>
                  <IconX size={13} />
                </UnstyledButton>
              )}
            </span>
          ))}
        </Group>
      )}
    </Card>
  );
}
