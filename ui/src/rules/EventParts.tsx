import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { campaignNamesQuery } from '~/api/campaigns';
import type { Rule } from '~/api/schema';
import { NumberField, Select, TextInput } from '~/components';
import { changed, DaysField } from './parts';
import classes from './RuleBuilder.module.css';

type Times = 'at_least' | 'at_most' | 'exactly';
const TIMES: Times[] = ['at_least', 'at_most', 'exactly'];
type Window = 'ever' | 'within' | 'between';
const WINDOWS: Window[] = ['ever', 'within', 'between'];
const LINKS = ['contains', 'starts_with', 'equals'] as const;

/** What somebody did: how often, when, with which campaign, on which link. */
export function EventParts({ rule, onChange }: { rule: Rule; onChange: (rule: Rule) => void }) {
  const { t } = useTranslation();
  const campaigns = useQuery(campaignNamesQuery);
  const times = TIMES.find((name) => rule[name] !== undefined) ?? 'at_least';
  const window: Window = rule.within_days !== undefined ? 'within' : rule.since !== undefined || rule.until !== undefined ? 'between' : 'ever';
  const set = (change: Partial<Rule>, without?: (keyof Rule)[]) => onChange(changed(rule, change, without));
  const link = LINKS.find((name) => rule.link?.[name] !== undefined) ?? 'contains';
  const linkText = rule.link?.[link] ?? '';

  return (
    <>
      <Select
        size="xs"
        w={120}
        aria-label={t('rule.how_often')}
        data={TIMES.map((value) => ({ value, label: t(`rule.${value}`) }))}
        value={times}
        allowDeselect={false}
        onChange={(chosen) => set({ [chosen as Times]: rule[times] ?? 1 }, TIMES)}
      />
      <NumberField
        size="xs"
        w={100}
        aria-label={t('rule.times')}
        min={times === 'at_least' ? 1 : 0}
        max={1000}
        allowDecimal={false}
        suffix=" ×"
        value={rule[times] ?? 1}
        always
        onChange={(value = 1) => set({ [times]: value })}
      />
      <Select
        size="xs"
        w={150}
        aria-label={t('rule.when')}
        data={WINDOWS.map((value) => ({ value, label: t(`rule.window_${value}`) }))}
        value={window}
        allowDeselect={false}
        onChange={(chosen) => {
          if (chosen === 'within') set({ within_days: 30 }, ['since', 'until']);
          else if (chosen === 'between') set({ since: today() }, ['within_days', 'until']);
          else set({}, ['within_days', 'since', 'until']);
        }}
      />
      {window === 'within' && <DaysField value={rule.within_days} onChange={(days) => set({ within_days: days })} />}
      {window === 'between' && (
        <>
          <TextInput
            type="date"
            size="xs"
            w={150}
            aria-label={t('rule.from')}
            value={(rule.since ?? '').slice(0, 10)}
            onChange={(event) => (event.currentTarget.value ? set({ since: event.currentTarget.value }) : set({}, ['since']))}
          />
          <TextInput
            type="date"
            size="xs"
            w={150}
            aria-label={t('rule.to')}
            value={(rule.until ?? '').slice(0, 10)}
            onChange={(event) => (event.currentTarget.value ? set({ until: event.currentTarget.value }) : set({}, ['until']))}
          />
        </>
      )}
      <Select
        size="xs"
        w={190}
        aria-label={t('home.campaign')}
        searchable
        allowDeselect={false}
        data={[{ value: 'any', label: t('rule.any_campaign') }, ...(campaigns.data ?? [])]}
        value={rule.campaign ?? 'any'}
        onChange={(chosen) => (chosen && chosen !== 'any' ? set({ campaign: chosen }) : set({}, ['campaign']))}
      />
      {rule.event === 'clicked' && (
        <>
          <Select
            size="xs"
            w={150}
            aria-label={t('rule.link')}
            data={LINKS.map((value) => ({ value, label: t(`rule.link_${value}`) }))}
            value={link}
            allowDeselect={false}
            onChange={(chosen) => linkText && set({ link: { [chosen ?? 'contains']: linkText } })}
          />
          <TextInput
            size="xs"
            className={classes.grow}
            aria-label={t('rule.link_text')}
            placeholder={t('rule.any_link')}
            value={linkText}
            onChange={(event) => (event.currentTarget.value ? set({ link: { [link]: event.currentTarget.value } }) : set({}, ['link']))}
          />
        </>
      )}
    </>
  );
}

function today(): string {
  return new Date().toISOString().slice(0, 10);
}
