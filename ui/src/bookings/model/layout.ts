/** Something that takes time on a day, in minutes after midnight. */
export interface Timed {
  start: number;
  end: number;
}

/** Where it is drawn beside others at the same time: its column, of how many. */
export type Placed<T> = T & { column: number; columns: number };

/** Things that overlap stand beside each other; each takes the first column that is free. */
export function layOut<T extends Timed>(things: readonly T[]): Placed<T>[] {
  const sorted = [...things].sort((a, b) => a.start - b.start || b.end - a.end);
  const done: Placed<T>[] = [];
  let group: Placed<T>[] = [];
  let reaches = -Infinity;
  const close = () => {
    const columns = Math.max(0, ...group.map(({ column }) => column + 1));
    for (const one of group) one.columns = columns;
    done.push(...group);
    group = [];
  };
  for (const thing of sorted) {
    if (thing.start >= reaches) close();
    const taken = new Set(group.filter(({ end }) => end > thing.start).map(({ column }) => column));
    let column = 0;
    while (taken.has(column)) column += 1;
    group.push({ ...thing, column, columns: 1 });
    reaches = Math.max(reaches, thing.end);
  }
  close();
  return done;
}
