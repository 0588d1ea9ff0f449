import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useState, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { api, body } from '~/api/client';
import { isProblem } from '~/api/problem';
import type { Rule, SegmentBody } from '~/api/schema';
import { displayName, previewQuery } from '~/api/subscribers';
import { Alert, applyFaults, Button, Card, describeError, FormError, Page, Skeleton, Stack, StatusBadge, SubscriberStatus, Text, TextInput, useDebouncedValue, useForm } from '~/components';
import { useFrame } from '~/frame/context';
import { useFormats } from '~/i18n/format';
import { isComplete } from '~/rules/model';
import { RuleBuilder } from '~/rules/RuleBuilder';
import classes from './Segments.module.css';

const TYPING_MS = 350;

interface Props {
  segment?: SegmentBody;
  onSaved: (segment: SegmentBody) => void;
  /** Below the editor. */
  children?: ReactNode;
}

/** Names a rule, edits it, and shows at once whom it selects. */
export function SegmentEditor({ segment, onSaved, children }: Props) {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const { can } = useFrame();
  const mayWrite = can('audience:write');
  const form = useForm({ initialValues: { name: segment?.name ?? '' } });
  const [rule, setRule] = useState<Rule>(segment?.rule ?? { all: [{ field: 'status', op: 'equals', value: 'active' }] });
  const complete = isComplete(rule);
  const save = useMutation({
    mutationFn: (name: string) =>
      segment
        ? body(api.PATCH('/api/segments/{id}', { params: { path: { id: segment.id } }, body: { name, rule } }))
        : body(api.POST('/api/segments', { body: { name, rule } })),
    onError: (error) => applyFaults(error, form),
    onSuccess: async (saved) => {
      await queries.invalidateQueries({ queryKey: ['segments'] });
      onSaved(saved);
    },
  });

  return (
    <Page
      title={segment?.name ?? t('segments.add')}
      badge={segment?.state === 'broken' ? <StatusBadge tone="bad">{t('segments.broken')}</StatusBadge> : undefined}
      back={{ to: '/segments', label: t('nav.segments') }}
      actions={
        mayWrite && (
          <Button type="submit" form="segment" loading={save.isPending} disabled={!complete}>
            {t('segments.save')}
          </Button>
        )
      }
    >
      <div className={classes.columns}>
        <Stack gap="md">
          <form id="segment" onSubmit={form.onSubmit(({ name }) => save.mutate(name.trim()))} noValidate>
            <Stack gap="md">
              <FormError error={save.error} fields={['name']} />
              {segment?.faults?.map((fault) => (
                <Alert key={fault.field + fault.code} color="red" variant="light">
                  {fault.message}
                </Alert>
              ))}
              <TextInput label={t('named.name')} maw={420} readOnly={!mayWrite} {...form.getInputProps('name')} />
              <Card title={t('segments.who')}>
                <RuleBuilder value={rule} onChange={setRule} label={t('segments.who')} />
              </Card>
            </Stack>
          </form>
          {children}
        </Stack>
        <RulePreview rule={complete ? rule : null} segment={segment?.id} />
      </div>
    </Page>
  );
}

/** Whom a rule selects at this moment: the sentence, the number, and some of them. */
function RulePreview({ rule, segment }: { rule: Rule | null; segment?: string }) {
  const { t } = useTranslation();
  const format = useFormats();
  const [settled] = useDebouncedValue(rule, TYPING_MS);
  const preview = useQuery(previewQuery(settled, segment));
  const faults = isProblem(preview.error) ? preview.error.problem.errors : undefined;
  const data = rule && !preview.isError ? preview.data : undefined;
  return (
    <Card title={t('segments.preview')}>
      <div aria-live="polite" aria-busy={preview.isFetching}>
        {!rule && (
          <Text size="sm" c="dimmed">
            {t('segments.incomplete')}
          </Text>
        )}
        {rule && preview.isPending && <Skeleton h={120} />}
        {rule && preview.isError && (
          <Stack gap="xs">
            {faults?.map((fault) => (
              <Alert key={fault.field + fault.code} color="orange" variant="light">
                {fault.message}
              </Alert>
            )) ?? <Text size="sm">{describeError(preview.error, t)}</Text>}
          </Stack>
        )}
        {data && (
          <div className={classes.preview} data-stale={preview.isPlaceholderData || undefined}>
            <div className={classes.count}>{format.number(data.count)}</div>
            <Text size="sm" c="dimmed">
              {t('segments.match', { count: data.count })}
            </Text>
            <p className={classes.sentence}>{data.description}</p>
            {data.sample.length > 0 && (
              <ul className={classes.sample}>
                {data.sample.map((person) => (
                  <li key={person.id}>
                    <Link to="/subscribers/$id" params={{ id: person.id }} className={classes.person}>
                      {displayName(person)}
                    </Link>
                    <SubscriberStatus status={person.status} />
                  </li>
                ))}
              </ul>
            )}
          </div>
        )}
      </div>
    </Card>
  );
}
