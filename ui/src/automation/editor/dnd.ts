import { draggable, dropTargetForElements } from '@atlaskit/pragmatic-drag-and-drop/adapter/element-adapter';
import { setCustomNativeDragPreview } from '@atlaskit/pragmatic-drag-and-drop/utils/set-custom-native-drag-preview';
import { useEffect, useRef, type RefObject } from 'react';

const STEP = 'automation-step';

/** Lets a card be dragged. */
export function useDragStep(ref: RefObject<HTMLElement | null>, step: string, label: string, onDragging: ((step: string | null) => void) | undefined): void {
  useEffect(() => {
    const element = ref.current;
    if (!element || !onDragging) return undefined;
    return draggable({
      element,
      getInitialData: () => ({ [STEP]: step }),
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
      onDragStart: () => onDragging(step),
      onDrop: () => onDragging(null),
    });
  }, [ref, step, label, onDragging]);
}

interface Target {
  onOver: (over: boolean) => void;
  onDrop: (step: string) => void;
}

/** Takes what is dragged, where it fits. */
export function useDropStep(ref: RefObject<HTMLElement | null>, takes: boolean, target: Target): void {
  const now = useRef(target);
  useEffect(() => {
    now.current = target;
  });
  useEffect(() => {
    const element = ref.current;
    if (!element || !takes) return undefined;
    return dropTargetForElements({
      element,
      canDrop: ({ source }) => typeof source.data[STEP] === 'string',
      onDragEnter: () => now.current.onOver(true),
      onDragLeave: () => now.current.onOver(false),
      onDrop: ({ source }) => {
        now.current.onOver(false);
        now.current.onDrop(source.data[STEP] as string);
      },
    });
  }, [ref, takes]);
}
