import { useCallback, useEffect, useMemo, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import { ActionIcon, SegmentedControl, Tooltip } from '~/components';
import { useUpload } from '~/files/upload';
import { IconAdjustments, IconDeviceDesktop, IconDeviceMobile } from '~/icons';
import { settingsOf } from '../model/settings';
import { useActions, useEditor } from '../store';
import { TextBar } from '../text/TextBar';
import { BlockList } from './BlockList';
import classes from './Canvas.module.css';
import { FilesContext, useFilesStay, type TakeFiles } from './dnd';
import { LookContext } from './look';

interface Props {
  narrow: boolean;
  onNarrow: (narrow: boolean) => void;
}

/** The mail as it is built. */
export function Canvas({ narrow, onNarrow }: Props) {
  const { t } = useTranslation();
  const actions = useActions();
  const document = useEditor((state) => state.history.present.document);
  const textEditor = useEditor((state) => (state.writing ? state.textEditor : null));
  const settings = useMemo(() => settingsOf(document.settings), [document.settings]);
  const takeFiles = useTakeFiles();
  useFilesStay();
  const look = useMemo(() => ({ settings, text_color: null, narrow }), [settings, narrow]);

  return (
    <section className={classes.canvas} aria-label={t('editor.canvas')}>
      <div className={classes.tools}>
        {textEditor && !textEditor.isDestroyed ? (
          <TextBar editor={textEditor} />
        ) : (
          <>
            <span className={classes.hint}>{t('editor.keys')}</span>
            <SegmentedControl
              size="xs"
              aria-label={t('editor.width')}
              value={narrow ? 'phone' : 'desktop'}
              onChange={(value) => onNarrow(value === 'phone')}
              data={[
                { value: 'desktop', label: <Device icon={IconDeviceDesktop} label={t('mail.desktop')} /> },
                { value: 'phone', label: <Device icon={IconDeviceMobile} label={t('mail.phone')} /> },
              ]}
            />
            <Tooltip label={t('editor.mail_settings')}>
              <ActionIcon aria-label={t('editor.mail_settings')} onClick={() => actions.select(null)}>
                <IconAdjustments size={17} />
              </ActionIcon>
            </Tooltip>
          </>
        )}
      </div>
      {/* oxlint-disable-next-line jsx-a11y/click-events-have-key-events, jsx-a11y/no-static-element-interactions -- Escape does the same */}
      <div className={classes.desk} onClick={() => actions.select(null)}>
        <div className={classes.sheet} style={{ background: settings.background, '--mail-link': settings.link_color } as React.CSSProperties}>
          <div
            className={classes.content}
            lang={settings.language}
            style={{ maxWidth: narrow ? 375 : settings.width_px, background: settings.content_background }}
          >
            <FilesContext value={takeFiles}>
              <LookContext value={look}>
                <BlockList list={null} blocks={document.blocks} />
              </LookContext>
            </FilesContext>
          </div>
        </div>
      </div>
    </section>
  );
}

/** Uploads pictures and puts them into the mail: the first onto a block that waits for one, the others below each other. */
function useTakeFiles(): TakeFiles {
  const actions = useActions();
  const { upload } = useUpload();
  const latest = useRef(upload);
  useEffect(() => {
    latest.current = upload;
  });
  return useCallback(
    (files, place, onto) => {
      let waiting = onto;
      let index = place.index;
      void latest.current(files, (file) => {
        if (waiting !== null) {
          actions.setPicture(waiting, file);
          waiting = null;
        } else {
          actions.addPicture(file, { list: place.list, index });
          index += 1;
        }
      });
    },
    [actions],
  );
}

function Device({ icon: Icon, label }: { icon: typeof IconDeviceDesktop; label: string }) {
  return (
    <span className={classes.device}>
      <Icon size={15} aria-hidden />
      <span className="visually-hidden">{label}</span>
    </span>
  );
}
