import { useBlocker } from '@tanstack/react-router';
import { useEffect, useMemo, useState, useSyncExternalStore, type KeyboardEvent } from 'react';
import { useTranslation } from 'react-i18next';
import { automationActions } from '~/api/automations';
import type { Automation } from '~/api/schema';
import { ActionIcon, Alert, Button, ConfirmModal, describeError, Drawer, Group, SegmentedControl, Text, Title, Tooltip, toast, useDisclosure, useMediaQuery } from '~/components';
import { Autosave, type SaveState } from '~/editor/autosave';
import editorClasses from '~/editor/Editor.module.css';
import { useFrame } from '~/frame/context';
import { useFormats } from '~/i18n/format';
import { IconAlertTriangle, IconArrowBackUp, IconArrowForwardUp, IconArrowLeft, IconBolt, IconPlayerPlay, IconPlus, IconSettings } from '~/icons';
import { faultsByOwner } from '../faultWords';
import { refusedFaults } from '../model/faults';
import type { Definition, Trigger } from '../model/types';
import { createEditor, EditorContext, unreadIn, useDefinition, useEditor, useEditorStore } from '../state';
import { useThings, useWords, type Words } from '../words';
import { focusCard, useStepActions } from './actions';
import classes from './Automation.module.css';
import { Canvas } from './Canvas';
import { FaultMark, Outline } from './Outline';
import { Panel } from './panel/Panel';
import { Publish } from './Publish';
import { Simulate } from './Simulate';

interface Props {
  automation: Automation;
  definition: Definition;
  onSaved: (automation: Automation) => void;
  onPublished: () => void;
  back: () => void;
  reload: () => void;
}

/** The editor of automations, as large as the window. */
export function AutomationEditor(props: Props) {
  const [store] = useState(() => createEditor(props.definition));
  return (
    <EditorContext value={store}>
      <Workbench {...props} />
    </EditorContext>
  );
}

function Workbench({ automation, onSaved, onPublished, back, reload }: Props) {
  const { t } = useTranslation();
  const { can } = useFrame();
  const store = useEditorStore();
  const definition = useDefinition();
  const selected = useEditor((state) => state.selected);
  const said = useEditor((state) => state.said);
  const things = useThings();
  const words = useWords(things, definition.steps);
  const actions = useStepActions(words);
  const small = useMediaQuery('(max-width: 56.25em)', undefined, { getInitialValueInEffect: false }) ?? false;
  const [view, setView] = useState<'outline' | 'canvas'>('outline');
  const [publishing, publish] = useDisclosure(false);
  const [simulating, simulate] = useDisclosure(false);
  // With the triggers that were told about: meanwhile there may be others.
  const [told, setTold] = useState({ faults: automation.faults, triggers: definition.triggers });
  // What was sent last: the faults of what is refused are about its steps.
  const [sent, setSent] = useState(definition);
  const { id } = automation;
  const [autosave] = useState(
    () =>
      new Autosave<Definition>(store.getState().history.present, automation.version, async (written, version) => {
        setSent(written);
        const saved = await automationActions.save(id, version, written);
        setTold({ faults: saved.faults, triggers: written.triggers });
        onSaved(saved);
        return saved.version;
      }),
  );
  const saving = useSyncExternalStore(autosave.subscribe, autosave.get);
  const mayWrite = can('campaigns:write');
  const folded = useEditor((state) => state.folded);
  const texts = useEditor((state) => state.texts);
  const unread = useMemo(() => unreadIn({ texts, definition }), [texts, definition]);
  // Until it is saved again, also while the correction is typed.
  const refusals = useMemo(() => faultsByOwner(t, refusedFaults(saving.faults, sent), sent.triggers), [t, saving.faults, sent]);
  const faults = useMemo(() => {
    const by = faultsByOwner(t, told.faults, told.triggers);
    const add = (owner: string, words: readonly string[]) => by.set(owner, [...new Set([...(by.get(owner) ?? []), ...words])]);
    for (const step of unread) add(step, [t('automation.unread')]);
    for (const [owner, words] of refusals) add(owner, words);
    return by;
  }, [t, told, unread, refusals]);

  useEffect(() => store.subscribe((now) => autosave.change(now.history.present)), [store, autosave]);
  useEffect(() => {
    document.title = `${automation.name} · Sendero`;
  }, [automation.name]);

  const leaving = useBlocker({
    shouldBlockFn: async () => !(await autosave.flush()),
    enableBeforeUnload: () => autosave.get().state !== 'saved',
    withResolver: true,
  });

  const onKey = (event: KeyboardEvent<HTMLDivElement>) => {
    if (!event.currentTarget.contains(event.target as Node)) return;
    const { target } = event;
    const typing = target instanceof HTMLElement && target.closest('input, textarea') !== null;
    const key = event.key.toLowerCase();
    if ((event.ctrlKey || event.metaKey) && !event.altKey && (key === 's' || !typing)) {
      if (key === 'z' && !event.shiftKey) store.undo();
      else if ((key === 'z' && event.shiftKey) || key === 'y') store.redo();
      else if (key === 's') void autosave.flush();
      else return;
    } else if (event.altKey && (key === 'arrowup' || key === 'arrowdown') && selected?.kind === 'step' && !typing) {
      const step = definition.steps.find((one) => one.id === selected.id);
      if (step) actions.move(step, key === 'arrowup' ? 'up' : 'down');
    } else return;
    event.preventDefault();
    event.stopPropagation();
  };

  const choose = (step: string) => store.select({ kind: 'step', id: step });
  const panel = <Panel things={things} words={words} disabled={!mayWrite} actions={actions} faults={faults} />;
  const shared = {
    definition,
    words,
    selected: selected?.kind === 'step' ? selected.id : undefined,
    onSelect: choose,
    actions: mayWrite ? actions : undefined,
    faults,
    folded,
    onFold: store.fold,
  };
  const openPublish = async () => {
    const [step] = unread;
    if (step !== undefined) {
      choose(step);
      toast.problem(t('automation.unread'));
    } else if (await autosave.flush()) publish.open();
    else toast.problem(t('edit.refused'));
  };
  const show = (card: string) => {
    store.fold();
    const [, trigger] = /^trigger:(.*)$/.exec(card) ?? [];
    if (trigger === undefined) choose(card);
    else store.select({ kind: 'trigger', id: trigger });
    focusCard(card);
  };

  return (
    // oxlint-disable-next-line jsx-a11y/no-static-element-interactions -- keys for all that is in it
    <div className={editorClasses.editor} onKeyDownCapture={onKey}>
      <header className={editorClasses.bar}>
        <Tooltip label={t('frame.back_to', { name: automation.name })}>
          <ActionIcon size="lg" aria-label={t('frame.back_to', { name: automation.name })} onClick={back}>
            <IconArrowLeft size={18} />
          </ActionIcon>
        </Tooltip>
        <div className={editorClasses.heading}>
          <Title order={1} tabIndex={-1}>
            {automation.name}
          </Title>
          <Saved saving={saving} />
        </div>
        {!small && (
          <SegmentedControl
            aria-label={t('editor.view')}
            value={view}
            onChange={(value) => setView(value as typeof view)}
            data={[
              { value: 'outline', label: t('automation.view_outline') },
              { value: 'canvas', label: t('automation.view_canvas') },
            ]}
          />
        )}
        <div className={editorClasses.right}>
          <History />
          <Tooltip label={t('automation.simulate')}>
            <ActionIcon size="lg" aria-label={t('automation.simulate')} disabled={!mayWrite} onClick={simulate.open}>
              <IconPlayerPlay size={18} />
            </ActionIcon>
          </Tooltip>
        </div>
        {can('campaigns:send') && <Button onClick={() => void openPublish()}>{t('automation.publish')}</Button>}
      </header>
      <div className={editorClasses.notice}>
        {saving.state === 'overtaken' && (
          <Alert color="orange" icon={<IconAlertTriangle size={18} />} role="alert" title={t('automation.overtaken')}>
            <Group>
              <Text size="sm">{t('edit.overtaken_text')}</Text>
              <Button variant="default" onClick={reload}>
                {t('edit.load_newer')}
              </Button>
            </Group>
          </Alert>
        )}
        {saving.state === 'refused' && (
          <Alert color="red" variant="light" icon={<IconAlertTriangle size={18} />} role="alert">
            {refusals.size === 0 && describeError(saving.error, t)}
            <Refusals definition={definition} words={words} refusals={refusals} onShow={show} />
          </Alert>
        )}
      </div>
      <div className={classes.build} data-main data-alone={small || undefined}>
        {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- what scrolls must be reachable by keyboard */}
        <div className={classes.main} role="region" tabIndex={0} aria-label={t('automation.steps')}>
          <Triggers words={words} faults={faults} onAdd={mayWrite ? actions.addTrigger : undefined} />
          {view === 'outline' || small ? <Outline {...shared} /> : <Canvas {...shared} />}
        </div>
        {!small && (
          <aside className={classes.panel} aria-label={t('automation.panel')}>
            {panel}
          </aside>
        )}
      </div>
      {small && (
        <Drawer opened={selected !== null} onClose={() => store.select(null)} position="bottom" size="80%" title={t('automation.panel')} closeButtonProps={{ 'aria-label': t('action.close') }}>
          {panel}
        </Drawer>
      )}
      <div className="visually-hidden" aria-live="polite" role="status">
        {said}
      </div>
      <Simulate id={id} definition={definition} words={words} things={things} opened={simulating} onClose={simulate.close} />
      {publishing && (
        <Publish
          id={id}
          version={saving.version}
          live={automation.live !== null}
          definition={definition}
          words={words}
          onClose={publish.close}
          onShow={(card) => {
            publish.close();
            show(card);
          }}
          onDone={(published) => {
            publish.close();
            onSaved(published);
            toast.done(t('automation.published', { name: published.name }));
            onPublished();
          }}
        />
      )}
      <ConfirmModal
        opened={leaving.status === 'blocked'}
        onClose={() => leaving.reset?.()}
        title={t('editor.leave_title')}
        confirm={t('editor.leave')}
        keep={t('editor.stay')}
        onConfirm={() => leaving.proceed?.()}
      >
        {t('editor.leave_text')}
      </ConfirmModal>
    </div>
  );
}

/** What was not saved and why, each with the way to it. */
function Refusals({ definition, words, refusals, onShow }: { definition: Definition; words: Words; refusals: ReadonlyMap<string, string[]>; onShow: (card: string) => void }) {
  const { t } = useTranslation();
  const title = (owner: string) => {
    const step = definition.steps.find(({ id }) => id === owner);
    const trigger = definition.triggers.find(({ id }) => `trigger:${id}` === owner);
    return step ? words.title(step) : trigger && `${t('automation.trigger_when')} ${words.trigger(trigger)}`;
  };
  return [...refusals].map(([owner, told]) => {
    const name = title(owner);
    return (
      <div key={owner}>
        {name && (
          <>
            <Button variant="subtle" color="red" size="compact-xs" onClick={() => onShow(owner)}>
              {name}
            </Button>{' '}
          </>
        )}
        {told.join(' ')}
      </div>
    );
  });
}

function History() {
  const { t } = useTranslation();
  const store = useEditorStore();
  const past = useEditor((state) => state.history.past.length > 0);
  const future = useEditor((state) => state.history.future.length > 0);
  return (
    <>
      <Tooltip label={t('editor.undo')}>
        <ActionIcon size="lg" aria-label={t('editor.undo')} disabled={!past} onClick={store.undo}>
          <IconArrowBackUp size={18} />
        </ActionIcon>
      </Tooltip>
      <Tooltip label={t('editor.redo')}>
        <ActionIcon size="lg" aria-label={t('editor.redo')} disabled={!future} onClick={store.redo}>
          <IconArrowForwardUp size={18} />
        </ActionIcon>
      </Tooltip>
    </>
  );
}

/** What lets people in, above the steps. */
function Triggers({ words, faults, onAdd }: { words: Words; faults: ReadonlyMap<string, string[]>; onAdd?: () => void }) {
  const { t } = useTranslation();
  const store = useEditorStore();
  const { triggers } = useDefinition();
  const selected = useEditor((state) => state.selected);
  return (
    <div className={classes.triggers} role="group" aria-label={t('automation.triggers')}>
      {triggers.map((trigger: Trigger) => (
        <button
          key={trigger.id}
          type="button"
          className={classes.card}
          data-card={`trigger:${trigger.id}`}
          data-bad={faults.has(`trigger:${trigger.id}`) || undefined}
          aria-pressed={selected?.kind === 'trigger' && selected.id === trigger.id}
          onClick={() => store.select({ kind: 'trigger', id: trigger.id })}
        >
          <span className={classes.icon} aria-hidden>
            <IconBolt size={17} stroke={1.6} />
          </span>
          <span className={classes.words}>
            <span className={classes.title}>{t('automation.trigger_when')}</span>
            <span className={classes.summary}>{words.trigger(trigger)}</span>
          </span>
          <FaultMark faults={faults.get(`trigger:${trigger.id}`)} />
        </button>
      ))}
      <Group gap="xs">
        {onAdd && (
          <Button variant="subtle" size="compact-sm" leftSection={<IconPlus size={14} />} onClick={onAdd}>
            {t('automation.add_trigger')}
          </Button>
        )}
        <Button variant="subtle" size="compact-sm" leftSection={<IconSettings size={14} />} onClick={() => store.select({ kind: 'settings' })}>
          {t('automation.settings')}
          <FaultMark faults={faults.get('')} />
        </Button>
      </Group>
    </div>
  );
}

function Saved({ saving }: { saving: SaveState }) {
  const { t } = useTranslation();
  const format = useFormats();
  const words = {
    saved: saving.savedAt ? t('edit.saved_at', { time: format.time(saving.savedAt) }) : t('edit.saved'),
    waiting: t('edit.unsaved'),
    saving: t('edit.saving'),
    refused: t('edit.refused'),
    overtaken: t('automation.overtaken'),
    failed: t('edit.failed'),
  };
  const bad = saving.state === 'refused' || saving.state === 'overtaken' || saving.state === 'failed';
  return (
    <div role="status" className={editorClasses.saved} data-bad={bad || undefined} data-saved={saving.state}>
      {words[saving.state]}
    </div>
  );
}
