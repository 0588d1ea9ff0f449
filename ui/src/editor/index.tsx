import { useBlocker } from '@tanstack/react-router';
import { useEffect, useMemo, useState, useSyncExternalStore, type KeyboardEvent, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { isProblem } from '~/api/problem';
import type { RevisionOwner } from '~/api/templates';
import { Alert, Button, ConfirmModal, describeError, Drawer, Group, useDisclosure, useMediaQuery } from '~/components';
import { IconAdjustments, IconAlertTriangle, IconMail, IconPlus } from '~/icons';
import { Autosave } from './autosave';
import { Canvas } from './canvas/Canvas';
import classes from './Editor.module.css';
import { FaultsContext, faultsOf } from './faults';
import { Inspector } from './inspector/Inspector';
import { KeepsBlocks } from './Kept';
import { MergeNames, useMergeNames } from './merge';
import { Palette } from './Palette';
import { PreviewView } from './preview/PreviewView';
import { TextView } from './preview/TextView';
import { Overtaken, Revisions } from './Revisions';
import { createEditor, EditorContext, focusBlock, useEditor, useEditorStore, type Draft } from './store';
import { TestMail } from './TestMail';
import { TopBar, type View } from './TopBar';

export interface EditorProps {
  title: string;
  draft: Draft;
  version: number;
  /** Gives the new version. */
  save: (draft: Draft, version: number) => Promise<number>;
  back: { label: string; go: () => void };
  /** Loads what somebody else saved. */
  reload: () => void;
  test?: (addresses: string[]) => Promise<number>;
  primary?: { label: string; go: () => void };
  /** Whose mail it is, for what it was before; some have no history. */
  owner?: RevisionOwner;
}

/** The editor of mails made of blocks, as large as the window. */
export function MailEditor(props: EditorProps) {
  const [store] = useState(() => createEditor(props.draft));
  return (
    <EditorContext value={store}>
      <Named>
        <KeepsBlocks>
          <Workbench {...props} />
        </KeepsBlocks>
      </Named>
    </EditorContext>
  );
}

/** Knows what can be put in for each person, a template's own names with the rest. */
function Named({ children }: { children: ReactNode }) {
  const names = useMergeNames(useEditor((state) => state.history.present.variables));
  return <MergeNames value={names}>{children}</MergeNames>;
}

/** Below that, the canvas shows what a phone shows. */
const PHONE_PX = 600;

function Workbench({ title, draft, version, save, back, reload, test, primary, owner }: EditorProps) {
  const { t } = useTranslation();
  const store = useEditorStore();
  const [autosave] = useState(() => new Autosave(draft, version, save));
  const saving = useSyncExternalStore(autosave.subscribe, autosave.get);
  const [view, setView] = useState<View>('build');
  const [narrow, setNarrow] = useState(() => window.innerWidth < PHONE_PX);
  const [testing, testModal] = useDisclosure(false);
  const [old, oldDrawer] = useDisclosure(false);
  const present = useEditor((state) => state.history.present);
  const said = useEditor((state) => state.said);
  const problems = isProblem(saving.error) ? saving.error.problem.errors : undefined;
  const faults = useMemo(() => faultsOf(present.document, saving.state === 'refused' ? (problems ?? []) : []), [present.document, problems, saving.state]);

  useEffect(() => store.subscribe((now) => autosave.change(now.history.present)), [store, autosave]);

  // Whoever goes takes along what was written; what cannot be saved is asked about.
  const leaving = useBlocker({
    shouldBlockFn: async () => !(await autosave.flush()),
    enableBeforeUnload: () => autosave.get().state !== 'saved',
    withResolver: true,
  });

  const onKey = (event: KeyboardEvent<HTMLDivElement>) => {
    // Dialogs are drawn elsewhere, but their keys come by here.
    if (!event.currentTarget.contains(event.target as Node)) return;
    if (!(event.ctrlKey || event.metaKey) || event.altKey) return;
    const key = event.key.toLowerCase();
    if (key === 'z' && !event.shiftKey) store.actions.undo();
    else if ((key === 'z' && event.shiftKey) || key === 'y') store.actions.redo();
    else if (key === 's') void autosave.flush();
    else return;
    event.preventDefault();
    event.stopPropagation();
  };

  const toBlock = (block: string) => {
    setView('build');
    focusBlock(block);
  };

  return (
    <FaultsContext value={faults}>
      {/* oxlint-disable-next-line jsx-a11y/no-static-element-interactions -- keys for all that is in it */}
      <div className={classes.editor} onKeyDownCapture={onKey}>
        <TopBar
          title={title}
          back={back}
          view={view}
          onView={setView}
          autosave={autosave}
          onTest={test && testModal.open}
          onHistory={owner && oldDrawer.open}
          primary={primary && <Button onClick={primary.go}>{primary.label}</Button>}
        />
        <div className={classes.notice}>
          {saving.state === 'overtaken' && <Overtaken owner={owner} reload={reload} />}
          {saving.state === 'refused' && (
            <Alert color="red" variant="light" icon={<IconAlertTriangle size={18} />} role="alert">
              {problems?.length ? `${t('editor.refused_text')} ${problems.map(({ message }) => message).join(' ')}` : describeError(saving.error, t)}
            </Alert>
          )}
        </div>
        {view === 'build' && <Build narrow={narrow} onNarrow={setNarrow} />}
        {view === 'preview' && <PreviewView onBlock={toBlock} />}
        {view === 'text' && <TextView />}
        <div className="visually-hidden" aria-live="polite" role="status">
          {said}
        </div>
      </div>
      {test && (
        <TestMail
          opened={testing}
          onClose={testModal.close}
          send={async (addresses) => {
            if (!(await autosave.flush())) throw autosave.get().error;
            return test(addresses);
          }}
        />
      )}
      {owner && (
        <Drawer opened={old} onClose={oldDrawer.close} position="right" size={420} title={t('editor.history')} closeButtonProps={{ 'aria-label': t('action.close') }}>
          <Revisions
            owner={owner}
            settle={async () => {
              if (!(await autosave.flush())) throw autosave.get().error;
              return autosave.get().version;
            }}
            onRestored={reload}
          />
        </Drawer>
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
    </FaultsContext>
  );
}

/** Palette, canvas and inspector; on a small window the outer two are drawers. */
function Build({ narrow, onNarrow }: { narrow: boolean; onNarrow: (narrow: boolean) => void }) {
  const { t } = useTranslation();
  const { actions } = useEditorStore();
  const selected = useEditor((state) => state.selected);
  const small = useMediaQuery('(max-width: 56.25em)', undefined, { getInitialValueInEffect: false });
  const [adding, addDrawer] = useDisclosure(false);
  const [adjusting, adjustDrawer] = useDisclosure(false);
  const close = { 'aria-label': t('action.close') };
  return (
    <>
      <div className={classes.build} data-main>
        {!small && (
          <aside className={classes.side} aria-label={t('editor.palette')}>
            <Palette />
          </aside>
        )}
        <Canvas narrow={narrow} onNarrow={onNarrow} />
        {!small && (
          <aside className={classes.side} data-end aria-label={t('editor.inspector')}>
            <Inspector />
          </aside>
        )}
      </div>
      {small && (
        <Group className={classes.dock} gap={8}>
          <Button variant="default" leftSection={<IconPlus size={15} />} onClick={addDrawer.open}>
            {t('editor.add')}
          </Button>
          <Button variant="default" leftSection={<IconAdjustments size={15} />} disabled={!selected} onClick={adjustDrawer.open}>
            {t('editor.adjust')}
          </Button>
          <Button
            variant="default"
            leftSection={<IconMail size={15} />}
            onClick={() => {
              actions.select(null);
              adjustDrawer.open();
            }}
          >
            {t('editor.settings_short')}
          </Button>
        </Group>
      )}
      {small && (
        <>
          <Drawer opened={adding} onClose={addDrawer.close} position="bottom" size="70%" title={t('editor.palette')} closeButtonProps={close} returnFocus={false}>
            <Palette onAdded={addDrawer.close} />
          </Drawer>
          <Drawer opened={adjusting} onClose={adjustDrawer.close} position="bottom" size="75%" title={t('editor.inspector')} closeButtonProps={close}>
            <Inspector />
          </Drawer>
        </>
      )}
    </>
  );
}
