/** One change of a source file: `find` stands there exactly once, word for word. */
export interface Edit {
  /** From the repository's root, e.g. `libs/mq/src/transaction/resolve.ts`. */
  readonly file: string;
  readonly find: string;
  readonly replace: string;
}

/** The source has changed under an edit: its place is not there any more, or there twice. */
export class EditDoesNotApplyError extends Error {
  override readonly name = 'EditDoesNotApplyError';

  constructor({ file, find }: Edit, found: number) {
    super(
      `${file} has this ${found} times, and not once:\n${find}\n` +
        'Correct "find", in scenarios/ablations or scenarios/chaos/cells, so that it means the same place in the source as it is today.',
    );
  }
}

/** The files that `edits` touch, as they read afterwards. @throws EditDoesNotApplyError */
export function applyEdits(edits: readonly Edit[], read: (file: string) => string): ReadonlyMap<string, string> {
  const edited = new Map<string, string>();
  for (const edit of edits) {
    const parts = (edited.get(edit.file) ?? read(edit.file)).split(edit.find);
    if (parts.length !== 2) throw new EditDoesNotApplyError(edit, parts.length - 1);
    edited.set(edit.file, parts.join(edit.replace));
  }
  return edited;
}
