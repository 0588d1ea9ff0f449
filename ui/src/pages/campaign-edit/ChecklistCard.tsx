import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useId, useState, type ComponentType } from 'react';
import { useTranslation } from 'react-i18next';
import type { ChecklistItem, ChecklistLevel } from '~/api/schema';
import { checklistQuery } from '~/api/sending';
import { Button, Card, ErrorState, FormError, Group, Skeleton, Stack, StatusBadge, Text, TextLink, useNamed, type BadgeTone } from '~/components';
import { useFindingPlace } from '~/editor/preview/Findings';
import { useFrame } from '~/frame/context';
import { useFormats } from '~/i18n/format';
import { IconAlertTriangle, IconCircleCheck, IconCircleX, IconInfoCircle } from '~/icons';
import classes from './CampaignEdit.module.css';
import { fixOf, isTold } from './checklist';
import { useEditing } from './context';

const LOOKS: Record<ChecklistLevel, { Icon: ComponentType<{ size?: number; color?: string; 'aria-hidden'?: boolean }>; color: string; tone: BadgeTone }> = {
  error: { Icon: IconCircleX, color: 'var(--bad)', tone: 'bad' },
  warning: { Icon: IconAlertTriangle, color: 'var(--warn)', tone: 'warn' },
  info: { Icon: IconInfoCircle, color: 'var(--accent)', tone: 'active' },
  ok: { Icon: IconCircleCheck, color: 'var(--good)', tone: 'good' },
};

/** What the server finds when it looks at the saved campaign as people would get it. Links are asked only on demand. */
export function ChecklistCard() {
  const { t } = useTranslation();
  const { campaign, saving } = useEditing();
  const { version } = saving;
  const fine = useId();
  // The version whose links were asked; another one may have others.
  const [asked, setAsked] = useState<number | null>(null);
  const [open, setOpen] = useState(false);
  const settled = saving.state !== 'waiting' && saving.state !== 'saving';
  const look = useQuery({ ...checklistQuery(campaign.id, version, false), enabled: settled, placeholderData: keepPreviousData });
  const links = useQuery({ ...checklistQuery(campaign.id, version, true), enabled: settled && asked === version });
  const data = (asked === version ? links.data : undefined) ?? look.data;
  // What is told above is of the campaign, not of a variant.
  const items = (data?.items ?? []).filter(({ code, variant }) => variant != null || !isTold(code));
  const notable = items.filter(({ level }) => level !== 'ok');
  const good = items.filter(({ level }) => level === 'ok');
  const count = (level: ChecklistLevel) => items.filter((item) => item.level === level).length;
  const told = (['error', 'warning', 'info'] as const).filter((level) => count(level) > 0).map((level) => t(`checklist.count_${level}`, { count: count(level) }));

  return (
    <Card
      title={t('checklist.title')}
      aside={
        <Button variant="default" size="compact-sm" loading={links.isFetching} onClick={() => (asked === version ? void links.refetch() : setAsked(version))}>
          {t('checklist.check_links')}
        </Button>
      }
    >
      <Stack gap="xs">
        <Text size="sm" c="dimmed" role="status">
          {links.isFetching ? t('checklist.asking_links') : data && (told.length > 0 ? told.join(', ') : t('checklist.nothing'))}
        </Text>
        <FormError error={links.isFetching ? null : links.error} />
        {look.isPending && <Skeleton h={120} />}
        {look.isError && !data && <ErrorState error={look.error} retry={() => void look.refetch()} />}
        <Items items={notable} label={t('checklist.notable')} />
        {good.length > 0 && (
          <Group>
            <Button variant="subtle" size="compact-sm" aria-expanded={open} aria-controls={fine} onClick={() => setOpen(!open)}>
              {t(open ? 'checklist.hide_ok' : 'checklist.show_ok', { count: good.length })}
            </Button>
          </Group>
        )}
        <div id={fine}>{open && <Items items={good} label={t('checklist.good')} />}</div>
      </Stack>
    </Card>
  );
}

function Items({ items, label }: { items: ChecklistItem[]; label: string }) {
  if (items.length === 0) return null;
  return (
    <ul className={classes.items} aria-label={label}>
      {items.map((item) => (
        <Item key={`${item.code} ${item.variant} ${item.title} ${item.where?.join(' ')}`} item={item} />
      ))}
    </ul>
  );
}

function Item({ item }: { item: ChecklistItem }) {
  const { t } = useTranslation();
  const { title, text } = useWords(item);
  const { level } = item;
  const { Icon, color, tone } = LOOKS[level];
  return (
    <li className={classes.check}>
      <Icon size={20} color={color} aria-hidden />
      <Stack gap={2} flex={1} miw={0}>
        <Group gap={8} wrap="wrap">
          <StatusBadge tone={tone}>{t(`checklist.level_${level}`)}</StatusBadge>
          <Text size="sm" fw={level === 'ok' ? undefined : 600} style={{ overflowWrap: 'anywhere' }}>
            {item.variant != null && `${t('ab.variant', { n: item.variant })}: `}
            {title}
          </Text>
        </Group>
        {text && (
          <Text size="sm" c="dimmed" style={{ overflowWrap: 'anywhere' }}>
            {text}
          </Text>
        )}
        <Where item={item} />
      </Stack>
      {level !== 'ok' && <Fix item={item} title={title} />}
    </li>
  );
}

/** In the language of the page where it has words for it, else in those of the server. */
function useWords({ code, level, title, detail, count = 0, where }: ChecklistItem): { title: string; text: string } {
  const { t, i18n } = useTranslation();
  const format = useFormats();
  const values = {
    count: count ?? 0,
    shown: format.number(count ?? 0),
    size: format.bytes(count ?? 0),
    what: where?.[0] ?? '',
  };
  const key = level === 'ok' ? `check_ok.${code}` : `check.${code}`;
  return {
    title: i18n.exists(key, values) ? t(key as 'check.size', values) : title,
    text: i18n.exists(`check.${code}_text`) && level !== 'ok' ? t(`check.${code}_text` as 'check.size_text', values) : detail,
  };
}

/** So many places are named. */
const MOST_PLACES = 5;
/** Those whose title names the place. */
const NAMED = new Set(['merge_field_empty', 'sender_free_mail', 'sender_record', 'sender_unverified']);

/** Which: addresses, words, lists. */
function Where({ item: { code, where = [] } }: { item: ChecklistItem }) {
  const { t } = useTranslation();
  const place = useFindingPlace();
  if (where.length === 0 || NAMED.has(code)) return null;
  if (code === 'audience_list_empty') return <Lists paths={where} />;
  // Faults of the content are named `body.html:3:14`.
  const places = code === 'content' ? where.map((path) => place(path.split(':')[0]!, Number(path.split(':')[1]))) : where;
  return <Places places={places} more={t('checklist.more', { count: places.length - MOST_PLACES })} />;
}

function Places({ places, more }: { places: string[]; more?: string }) {
  return (
    <ul className={classes.where}>
      {places.slice(0, MOST_PLACES).map((place) => (
        <li key={place}>{place}</li>
      ))}
      {places.length > MOST_PLACES && <li>{more}</li>}
    </ul>
  );
}

/** The names of `audience.groups[0]` and its like. */
function Lists({ paths }: { paths: string[] }) {
  const { t } = useTranslation();
  const { audience } = useEditing().draft;
  const names = [...useNamed('group'), ...useNamed('segment'), ...useNamed('tag')];
  const places = paths.map((path) => {
    const [, kind, index] = /^audience\.(groups|segments|tags)\[(\d+)\]$/.exec(path) ?? [];
    const id = audience[kind as 'groups']?.[Number(index)];
    return names.find(({ value }) => value === id)?.label ?? path;
  });
  return <Places places={places} more={t('checklist.more', { count: places.length - MOST_PLACES })} />;
}

/** Leads to where it is mended, if one may go there. */
function Fix({ item, title }: { item: ChecklistItem; title: string }) {
  const { t } = useTranslation();
  const { can } = useFrame();
  const { campaign } = useEditing();
  const fix = fixOf(item);
  const name = t('review.change_what', { what: title });
  if (fix === 'account' || fix === 'dkim') {
    if (!can('settings:write')) return null;
    return (
      <TextLink to={fix === 'account' ? '/settings/account' : '/settings/dkim'} aria-label={name}>
        {t('review.change')}
      </TextLink>
    );
  }
  return (
    <TextLink to="/campaigns/$id/edit" params={{ id: campaign.id }} search={{ step: fix }} aria-label={name}>
      {t('review.change')}
    </TextLink>
  );
}
