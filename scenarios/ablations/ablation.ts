import type { Edit } from '../edited-build/edit.js';

/**
 * A defence taken out, to see that its absence is noticed. What stays green without a defence is either not needed or not
 * tested, and both are worth knowing.
 */
export interface Ablation {
  /** What `npm run chaos -- --ablation NAME` takes. */
  readonly name: string;
  /** What is taken out. */
  readonly defence: string;
  /** What goes wrong then. */
  readonly without: string;
  readonly edits: readonly Edit[];
  /**
   * Ablations that are taken out as well, because they repair what this one lets through. The pair goes red; for the
   * proof to be about this defence, the same cells must stay green when only these are off.
   */
  readonly alsoOff: readonly string[];
  /** Cells that go red, the quickest first; for `green` those that must hold all the same. */
  readonly shownBy: readonly string[];
  /** What one of them then says, e.g. the id of an invariant: red for another reason convicts nobody. Empty for `green`. */
  readonly evidence: string;
  readonly expected: 'red' | 'green';
}
