import { createContext, useContext } from 'react';
import type { EventType, EventTypeInput, EventTypeSettings } from '~/api/schema';

/** All the rules: the server tells each of them. */
export type Rules = { [K in keyof EventTypeSettings]-?: Exclude<EventTypeSettings[K], undefined> };

export interface Draft {
  title: string;
  slug: string;
  enabled: boolean;
  private: boolean;
  hosts: EventType['hosts'];
  settings: Rules;
}

export function draftOf({ title, slug, enabled, private: hidden, hosts, settings }: EventType): Draft {
  return { title, slug, enabled, private: hidden, hosts, settings: settings as Rules };
}

/** What is sent: without what was left empty. */
export function inputOf(draft: Draft): EventTypeInput {
  const { settings } = draft;
  const text = (value: string | null) => value?.trim() || null;
  return {
    ...draft,
    title: draft.title.trim(),
    slug: draft.slug.trim() || null,
    settings: {
      ...settings,
      description: text(settings.description),
      color: text(settings.color),
      redirect_url: text(settings.redirect_url),
      questions: settings.questions.map((question) => ({ ...question, label: question.label.trim(), help: text(question.help ?? null), options: question.options?.map((option) => option.trim()).filter(Boolean) })),
    },
  };
}

export const TABS = ['basics', 'availability', 'questions', 'hosts', 'page'] as const;
export type Tab = (typeof TABS)[number];

const ON_TAB: [Tab, RegExp][] = [
  ['questions', /^settings\.questions/],
  ['hosts', /^(hosts|settings\.(mode|fairness))/],
  ['page', /^(private|settings\.(redirect_url|embed_origins))/],
  ['basics', /^(title|slug|enabled|settings\.(description|color|durations|locations))/],
];

/** Where a field is that the server names. */
export function tabOf(field: string): Tab {
  return ON_TAB.find(([, pattern]) => pattern.test(field))?.[0] ?? 'availability';
}

export interface Editing {
  draft: Draft;
  put: (part: Partial<Draft>) => void;
  set: (part: Partial<Rules>) => void;
  /** What the server says about a field. */
  fault: (field: string) => string | undefined;
  disabled: boolean;
}

export const EditingContext = createContext<Editing | null>(null);

export function useEditing(): Editing {
  const editing = useContext(EditingContext);
  if (!editing) throw new Error('outside of the editor of an event type');
  return editing;
}
