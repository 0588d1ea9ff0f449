import { useTranslation } from 'react-i18next';
import type { Question, QuestionKind } from '~/api/schema';
import { ActionIcon, Button, Card, Group, Select, Stack, Switch, TagsInput, Text, TextInput } from '~/components';
import { IconArrowDown, IconArrowUp, IconPlus, IconTrash } from '~/icons';
import classes from './EventType.module.css';
import { useEditing } from './draft';

const KINDS: QuestionKind[] = ['text', 'long_text', 'choice', 'several', 'yes_no', 'phone', 'number'];

/** A key made of the question, which no other one has. */
export function keyOf(label: string, taken: readonly string[]): string {
  const plain = label
    .toLowerCase()
    .normalize('NFKD')
    .replace(/[\u0300-\u036f]/g, '')
    .replace(/[^a-z0-9]+/g, '_')
    .replace(/^_+|_+$/g, '')
    .slice(0, 50);
  const key = plain || 'question';
  for (let n = 1; ; n += 1) {
    const free = n === 1 ? key : `${key}_${n}`;
    if (!taken.includes(free)) return free;
  }
}

/** What invitees are asked besides their name and address. */
export function Questions() {
  const { t } = useTranslation();
  const { draft, set, fault, disabled } = useEditing();
  const { questions } = draft.settings;
  const change = (changed: Question[]) => set({ questions: changed });
  const move = (index: number, by: number) => change(questions.toSpliced(index, 1).toSpliced(index + by, 0, questions[index]!));
  return (
    <Card title={t('booking.questions')}>
      <Text size="sm" c="dimmed" mb="md">
        {t('booking.questions_text')}
      </Text>
      {questions.map((question, index) => {
        const put = (part: Partial<Question>) => change(questions.with(index, { ...question, ...part }));
        const name = question.label || t('booking.question_n', { n: index + 1 });
        const at = `settings.questions[${index}]`;
        const chooses = question.kind === 'choice' || question.kind === 'several';
        return (
          <div key={question.key} className={classes.question} role="group" aria-label={name}>
            <div className={classes.two}>
              <TextInput label={t('booking.question')} value={question.label} error={fault(`${at}.label`)} disabled={disabled} onChange={({ currentTarget }) => put({ label: currentTarget.value })} />
              <Select
                label={t('booking.question_kind')}
                data={KINDS.map((kind) => ({ value: kind, label: t(`booking.kind_${kind}`) }))}
                value={question.kind}
                allowDeselect={false}
                disabled={disabled}
                onChange={(kind) => kind && put({ kind: kind as QuestionKind })}
              />
              <TextInput label={t('booking.question_help')} value={question.help ?? ''} error={fault(`${at}.help`)} disabled={disabled} onChange={({ currentTarget }) => put({ help: currentTarget.value || null })} />
              {chooses && <TagsInput label={t('booking.options')} description={t('booking.options_hint')} value={question.options ?? []} error={fault(`${at}.options`)} disabled={disabled} clearable={false} onChange={(options) => put({ options })} />}
            </div>
            <Group justify="space-between" gap="xs">
              <Switch label={t('booking.required')} checked={question.required ?? false} disabled={disabled} onChange={({ currentTarget }) => put({ required: currentTarget.checked })} />
              {!disabled && (
                <Group gap={2}>
                  <ActionIcon aria-label={t('booking.up', { name })} disabled={index === 0} onClick={() => move(index, -1)}>
                    <IconArrowUp size={16} />
                  </ActionIcon>
                  <ActionIcon aria-label={t('booking.down', { name })} disabled={index === questions.length - 1} onClick={() => move(index, 1)}>
                    <IconArrowDown size={16} />
                  </ActionIcon>
                  <ActionIcon aria-label={t('booking.remove', { name })} onClick={() => change(questions.toSpliced(index, 1))}>
                    <IconTrash size={16} />
                  </ActionIcon>
                </Group>
              )}
            </Group>
          </div>
        );
      })}
      {!disabled && (
        <Stack align="flex-start" mt={questions.length > 0 ? 'md' : 0}>
          <Button
            variant="default"
            leftSection={<IconPlus size={15} />}
            onClick={() =>
              change([...questions, { key: keyOf(t('booking.question_n', { n: questions.length + 1 }), questions.map(({ key }) => key)), label: '', kind: 'text', help: null, required: false, options: [] }])
            }
          >
            {t('booking.add_question')}
          </Button>
        </Stack>
      )}
    </Card>
  );
}
