import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { WinnerBy } from '~/api/schema';
import { Button, Card, Chip, Group, NumberInput, Select, SimpleGrid, Slider, Stack, Switch, Text } from '~/components';
import { useFormats } from '~/i18n/format';
import { IconPlus } from '~/icons';
import { useEditing } from './context';
import { AB_KINDS, kindsOf, without, type AbDraft, type AbKind, type VariantDraft } from './draft';
import { VariantFields } from './VariantFields';

const WINNER_BY: WinnerBy[] = ['clicks', 'opens', 'hand'];
const MOST = 8;
const HOUR = 60;
/** Two weeks, the longest that the server waits. */
const MOST_HOURS = 336;
const USUAL_MINUTES = 4 * HOUR;
const PLAIN: VariantDraft = { subject: '', preheader: '', sender_id: null, delay_minutes: 0, content: null };

/** What is tried on some of the recipients: subjects, senders, texts and times. */
export function AbCard() {
  const { t } = useTranslation();
  const { draft, change } = useEditing();
  const { ab } = draft;
  const [known] = useState(() => (ab ? kindsOf(ab) : []));
  const [kinds, setKinds] = useState<AbKind[]>(known.length > 0 ? known : ['subject']);
  const begin = (): AbDraft => ({
    share_percent: 20,
    winner_by: 'clicks',
    test_minutes: USUAL_MINUTES,
    variants: [{ ...PLAIN, subject: draft.subject }, PLAIN],
  });
  return (
    <Card title={t('ab.title')}>
      <Stack gap="md">
        <Switch
          size="xs"
          label={t('ab.use')}
          description={t('ab.use_hint')}
          checked={ab !== null}
          onChange={({ currentTarget: { checked } }) => {
            setKinds(['subject']);
            change({ ab: checked ? begin() : null });
          }}
        />
        {ab && <Test ab={ab} kinds={kinds} onKinds={setKinds} />}
      </Stack>
    </Card>
  );
}

function Test({ ab, kinds, onKinds }: { ab: AbDraft; kinds: AbKind[]; onKinds: (kinds: AbKind[]) => void }) {
  const { t } = useTranslation();
  const { change, saving } = useEditing();
  const set = (part: Partial<AbDraft>) => change({ ab: { ...ab, ...part } });
  const setVariant = (index: number, variant: VariantDraft) => set({ variants: ab.variants.with(index, variant) });
  const wrong = Object.entries(saving.faults).filter(([field]) => field === 'ab' || (field.startsWith('ab.') && !/^ab\.(variants\[|test_minutes)/.test(field)));
  return (
    <>
      <div>
        <Text size="sm" fw={500} mb={6} id="ab-kinds">
          {t('ab.kinds')}
        </Text>
        <Chip.Group
          multiple
          value={kinds}
          onChange={(value) => {
            const gone = kinds.filter((kind) => !value.includes(kind));
            onKinds(AB_KINDS.filter((kind) => value.includes(kind)));
            if (gone.length > 0) set({ variants: ab.variants.map((variant) => gone.reduce(without, variant)) });
          }}
        >
          <Group gap={6} role="group" aria-labelledby="ab-kinds">
            {AB_KINDS.map((kind) => (
              <Chip key={kind} value={kind} size="xs" variant="light" disabled={kinds.length === 1 && kinds[0] === kind}>
                {t(`ab.kind_${kind}`)}
              </Chip>
            ))}
          </Group>
        </Chip.Group>
      </div>
      {ab.variants.map((variant, index) => (
        <VariantFields
          // oxlint-disable-next-line react/no-array-index-key -- variants have numbers and nothing else
          key={index}
          n={index + 1}
          variant={variant}
          kinds={kinds}
          onChange={(changed) => setVariant(index, changed)}
          onRemove={ab.variants.length > 2 ? () => set({ variants: ab.variants.toSpliced(index, 1) }) : undefined}
        />
      ))}
      {ab.variants.length < MOST && (
        <Button
          variant="default"
          leftSection={<IconPlus size={15} />}
          style={{ alignSelf: 'flex-start' }}
          onClick={() => set({ variants: [...ab.variants, PLAIN] })}
        >
          {t('ab.add_variant')}
        </Button>
      )}
      <Share ab={ab} set={set} />
      {wrong.length > 0 && (
        <Text size="sm" c="var(--bad)" role="status">
          {wrong.map(([, message]) => message).join(' ')}
        </Text>
      )}
      {ab.share_percent < 100 && <Decision ab={ab} set={set} />}
    </>
  );
}

interface PartProps {
  ab: AbDraft;
  set: (part: Partial<AbDraft>) => void;
}

function Share({ ab, set }: PartProps) {
  const { t } = useTranslation();
  const format = useFormats();
  return (
    <div>
      <Text size="sm" fw={500} mb={4}>
        {t('ab.share')}: {format.percent(ab.share_percent / 100)}
      </Text>
      <Slider
        min={5}
        max={100}
        step={5}
        label={null}
        thumbLabel={t('ab.share')}
        value={ab.share_percent}
        onChange={(value) => set({ share_percent: value })}
      />
      <Text size="xs" c="dimmed" mt={4}>
        {t(ab.share_percent === 100 ? 'ab.share_all' : 'ab.share_hint')}
      </Text>
    </div>
  );
}

function Decision({ ab, set }: PartProps) {
  const { t } = useTranslation();
  const { fault } = useEditing();
  return (
    <SimpleGrid cols={{ base: 1, xs: 2 }}>
      <Select
        label={t('ab.winner_by')}
        data={WINNER_BY.map((value) => ({ value, label: t(`ab.by_${value}`) }))}
        value={ab.winner_by}
        allowDeselect={false}
        onChange={(value) => value && set({ winner_by: value as WinnerBy, test_minutes: value === 'hand' ? null : (ab.test_minutes ?? USUAL_MINUTES) })}
      />
      {ab.winner_by !== 'hand' && (
        <NumberInput
          size="sm"
          label={t('ab.test_hours')}
          min={1}
          max={MOST_HOURS}
          allowDecimal={false}
          suffix={` ${t('ab.hours')}`}
          value={(ab.test_minutes ?? USUAL_MINUTES) / HOUR}
          error={fault('ab.test_minutes')}
          onChange={(value) => typeof value === 'number' && value > 0 && set({ test_minutes: value * HOUR })}
        />
      )}
    </SimpleGrid>
  );
}
