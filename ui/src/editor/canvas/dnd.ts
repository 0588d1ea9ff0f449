import { dropTargetForExternal } from '@atlaskit/pragmatic-drag-and-drop/adapter/drop-target-for-external';
import { draggable, dropTargetForElements } from '@atlaskit/pragmatic-drag-and-drop/adapter/element-adapter';
import { monitorForExternal } from '@atlaskit/pragmatic-drag-and-drop/adapter/monitor-for-external';
import { combine } from '@atlaskit/pragmatic-drag-and-drop/utils/combine';
import { containsFiles } from '@atlaskit/pragmatic-drag-and-drop/utils/contains-files';
import { getFiles } from '@atlaskit/pragmatic-drag-and-drop/utils/get-files';
import { preventUnhandled } from '@atlaskit/pragmatic-drag-and-drop/utils/prevent-unhandled';
import { setCustomNativeDragPreview } from '@atlaskit/pragmatic-drag-and-drop/utils/set-custom-native-drag-preview';
import { createContext, useContext, useEffect, type RefObject } from 'react';
import { newBlock, type BlockType } from '../model/catalog';
import { copyOf, find, newId } from '../model/tree';
import type { Block, Place } from '../model/types';
import { newWords, useEditorStore, type EditorStore } from '../store';

/** What is dragged: a block of the mail, a new one of a kind, or one that was kept for reuse. */
export type Cargo = { is: 'block'; id: string } | { is: 'new'; type: BlockType } | { is: 'kept'; block: Block };

function cargoOf(data: Record<string | symbol, unknown>): Cargo | null {
  return (data.cargo as Cargo | undefined) ?? null;
}

function blockOf(store: EditorStore, cargo: Cargo): Block | null {
  if (cargo.is === 'block') return find(store.actions.document, cargo.id)?.block ?? null;
  return cargo.is === 'kept' ? cargo.block : { id: '', type: cargo.type, props: {} };
}

export function useDrag(ref: RefObject<HTMLElement | null>, cargo: Cargo, label: string, enabled = true): void {
  const store = useEditorStore();
  const key = JSON.stringify(cargo);
  useEffect(() => {
    const element = ref.current;
    if (!element || !enabled) return undefined;
    return draggable({
      element,
      getInitialData: () => ({ cargo: JSON.parse(key) as Cargo }),
      onGenerateDragPreview: ({ nativeSetDragImage }) => {
        setCustomNativeDragPreview({
          nativeSetDragImage,
          getOffset: () => ({ x: -10, y: 14 }),
          render: ({ container }) => {
            const chip = container.appendChild(document.createElement('div'));
            chip.textContent = label;
            Object.assign(chip.style, { padding: '6px 12px', borderRadius: '8px', background: '#5a4fc4', color: '#ffffff', font: "600 13px 'Inter Variable', system-ui, sans-serif" });
          },
        });
      },
      onDragStart: () => store.setState({ dragging: true }),
      onDrop: () => store.setState({ dragging: false, dropping: null }),
    });
  }, [ref, key, label, enabled, store]);
}

/** Takes files that come from outside of the browser, to a place or onto a block that has no picture yet. */
export type TakeFiles = (files: File[], place: Place, onto: string | null) => void;

export const FilesContext = createContext<TakeFiles>(() => undefined);

/** While files are over the window, what is dropped beside the mail does not open in place of the editor. */
export function useFilesStay(): void {
  useEffect(
    () =>
      monitorForExternal({
        canMonitor: containsFiles,
        onDragStart: () => preventUnhandled.start(),
        onDrop: () => preventUnhandled.stop(),
      }),
    [],
  );
}

/** The block of a picture below a point, if it has none yet. */
function emptyPictureAt(store: EditorStore, x: number, y: number): string | null {
  const id = document.elementFromPoint(x, y)?.closest('[data-item]')?.id.replace(/^block-/, '') ?? null;
  const block = find(store.actions.document, id)?.block;
  return block?.type === 'image' && !block.props.src ? block.id : null;
}

/** A list of blocks takes what is dropped between its blocks. */
export function useDropList(ref: RefObject<HTMLElement | null>, list: string | null): void {
  const store = useEditorStore();
  const takeFiles = useContext(FilesContext);
  useEffect(() => {
    const element = ref.current;
    if (!element) return undefined;
    const { actions } = store;
    const over = (y: number) => {
      const index = indexAt(element, y);
      const { dropping } = store.getState();
      if (dropping?.list !== list || dropping.index !== index) store.setState({ dropping: { list, index } });
    };
    const leave = () => {
      if (store.getState().dropping?.list === list) store.setState({ dropping: null });
    };
    return combine(
      dropTargetForElements({
        element,
        canDrop: ({ source }) => {
          const cargo = cargoOf(source.data);
          const block = cargo && blockOf(store, cargo);
          return block !== null && actions.takes(block, list);
        },
        onDrag: ({ self, location }) => {
          const { input, dropTargets } = location.current;
          if (dropTargets[0]?.element === self.element) over(input.clientY);
        },
        onDragLeave: leave,
        onDrop: ({ source, self, location }) => {
          const { input, dropTargets } = location.current;
          const cargo = cargoOf(source.data);
          if (!cargo || dropTargets[0]?.element !== self.element) return;
          const place = { list, index: indexAt(element, input.clientY) };
          if (cargo.is === 'block') actions.moveTo(cargo.id, place);
          else if (cargo.is === 'kept') actions.addBlock(copyOf(cargo.block, newId), place);
          else actions.addBlock(newBlock(cargo.type, newWords()), place);
        },
      }),
      dropTargetForExternal({
        element,
        canDrop: containsFiles,
        onDrag: ({ self, location }) => {
          const { input, dropTargets } = location.current;
          if (dropTargets[0]?.element !== self.element) return;
          if (emptyPictureAt(store, input.clientX, input.clientY)) leave();
          else over(input.clientY);
        },
        onDragLeave: leave,
        onDrop: ({ source, self, location }) => {
          const { input, dropTargets } = location.current;
          if (dropTargets[0]?.element !== self.element) return;
          leave();
          takeFiles(getFiles({ source }), { list, index: indexAt(element, input.clientY) }, emptyPictureAt(store, input.clientX, input.clientY));
        },
      }),
    );
  }, [ref, list, store, takeFiles]);
}

/** Before which of the blocks of a list a point is. */
function indexAt(list: HTMLElement, y: number): number {
  const items = [...list.querySelectorAll<HTMLElement>(':scope > [data-item]')];
  const before = items.findIndex((item) => {
    const { top, height } = item.getBoundingClientRect();
    return y < top + height / 2;
  });
  return before < 0 ? items.length : before;
}
