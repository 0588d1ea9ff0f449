import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, body } from '~/api/client';
import type { Template } from '~/api/schema';
import { builtInQuery, templateActions, templateContentQuery, templatesQuery } from '~/api/templates';
import { Button, EmptyState, ErrorState, Menu, Page, RowMenu, Skeleton, Tabs, toast, useUndoable } from '~/components';
import { useFrame } from '~/frame/context';
import { useFormats } from '~/i18n/format';
import { IconCopy, IconEdit, IconMail, IconPlus, IconTemplate, IconTrash } from '~/icons';
import { TemplateCard } from '~/templates/TemplateCard';
import classes from '~/templates/Templates.module.css';
import { KeptBlocks } from './KeptBlocks';
import { Look, type Looked } from './Look';
import { NewTemplate, type Origin } from './NewTemplate';

/** Mails to begin others with: one's own, and those that come with the program. */
export default function Templates() {
  const { t } = useTranslation();
  const { can } = useFrame();
  const format = useFormats();
  const navigate = useNavigate();
  const queries = useQueryClient();
  const may = can('campaigns:write');
  const templates = useQuery(templatesQuery);
  const { hidden, later } = useUndoable();
  const ready = useQuery(builtInQuery);
  const [naming, setNaming] = useState<Origin | null>(null);
  const [looking, setLooking] = useState<Looked | null>(null);
  const own = (templates.data ?? []).filter(({ id }) => !hidden.has(`template ${id}`));

  const begin = useMutation({
    mutationFn: async ({ name, content }: Looked) => body(api.POST('/api/campaigns', { body: { name, content } })),
    onError: toast.failed,
    onSuccess: (campaign) => void navigate({ to: '/campaigns/$id/edit', params: { id: campaign.id } }),
  });
  const looked = async ({ id, name, version, variables }: Template): Promise<Looked> => ({ name, variables, content: await queries.fetchQuery(templateContentQuery(id, version)) });
  const edit = (id: string) => void navigate({ to: '/templates/$id', params: { id } });
  const remove = ({ id, name }: Template) =>
    later(`template ${id}`, t('templates.deleted', { name }), async () => {
      await templateActions.remove(id);
      await queries.invalidateQueries({ queryKey: ['templates'] });
    });

  return (
    <Page
      title={t('nav.templates')}
      subtitle={t('templates.subtitle')}
      actions={
        may && (
          <Button leftSection={<IconPlus size={16} />} onClick={() => setNaming('new')}>
            {t('templates.new')}
          </Button>
        )
      }
    >
      {(templates.error ?? ready.error) && (
        <ErrorState error={templates.error ?? ready.error} retry={() => void Promise.all([templates.refetch(), ready.refetch()])} />
      )}
      {!templates.data && templates.isPending && <Skeleton h={320} />}
      {templates.data && ready.data && (
        <Tabs defaultValue={own.length > 0 ? 'own' : 'ready'} keepMounted={false}>
          <Tabs.List mb="md">
            <Tabs.Tab value="own">{t('templates.own')}</Tabs.Tab>
            <Tabs.Tab value="ready">{t('templates.built_in')}</Tabs.Tab>
            <Tabs.Tab value="kept">{t('templates.kept')}</Tabs.Tab>
          </Tabs.List>
          <Tabs.Panel value="own">
            {own.length === 0 ? (
              <EmptyState
                icon={<IconTemplate size={22} />}
                title={t('templates.none')}
                actions={
                  may && (
                    <Button variant="default" onClick={() => setNaming('new')}>
                      {t('templates.new')}
                    </Button>
                  )
                }
              >
                {t('templates.none_text')}
              </EmptyState>
            ) : (
              <ul className={classes.grid}>
                {own.map((template) => (
                  <TemplateCard
                    key={template.id}
                    name={template.name}
                    text={[
                      t('templates.changed', { time: format.ago(template.updated_at) }),
                      template.variables.length > 0 && t('templates.for_messages', { names: template.variables.join(', ') }),
                    ]
                      .filter(Boolean)
                      .join(' · ')}
                    source={{ template: template.id, version: template.version, variables: template.variables }}
                    onOpen={() => (may ? edit(template.id) : void looked(template).then(setLooking, toast.failed))}
                    menu={
                      may && (
                        <RowMenu of={template.name}>
                          <Menu.Item leftSection={<IconEdit size={16} />} onClick={() => edit(template.id)}>
                            {t('action.edit')}
                          </Menu.Item>
                          <Menu.Item leftSection={<IconMail size={16} />} disabled={template.variables.length > 0} onClick={() => void looked(template).then((one) => begin.mutate(one), toast.failed)}>
                            {t('templates.use')}
                          </Menu.Item>
                          <Menu.Item leftSection={<IconCopy size={16} />} onClick={() => void looked(template).then(setNaming, toast.failed)}>
                            {t('templates.copy')}
                          </Menu.Item>
                          <Menu.Divider />
                          <Menu.Item color="red" leftSection={<IconTrash size={16} />} onClick={() => remove(template)}>
                            {t('action.delete')}
                          </Menu.Item>
                        </RowMenu>
                      )
                    }
                  />
                ))}
              </ul>
            )}
          </Tabs.Panel>
          <Tabs.Panel value="ready">
            <ul className={classes.grid}>
                {ready.data.map(({ key, name, description, content }) => (
                  <TemplateCard key={key} name={name} text={description} source={{ content }} onOpen={() => setLooking({ name, description, content })} />
                ))}
            </ul>
          </Tabs.Panel>
          <Tabs.Panel value="kept">
            <KeptBlocks may={may} />
          </Tabs.Panel>
        </Tabs>
      )}
      <NewTemplate from={naming} onClose={() => setNaming(null)} />
      <Look
        looked={looking}
        busy={begin.isPending}
        onClose={() => setLooking(null)}
        onUse={may && !looking?.variables?.length ? (template) => begin.mutate(template) : undefined}
        onCopy={
          may
            ? (template) => {
                setLooking(null);
                setNaming(template);
              }
            : undefined
        }
      />
    </Page>
  );
}
