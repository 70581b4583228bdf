import type { Edit } from '../edited-build/edit.js';
import type { Ablation } from './ablation.js';
import { consuming } from './consuming.js';
import { inventory } from './inventory.js';
import { order } from './order.js';
import { publishing } from './publishing.js';

export const ablations: readonly Ablation[] = [...publishing, ...consuming, ...inventory, ...order];

/** @throws when there is none of that name. */
export function ablationNamed(name: string): Ablation {
  const found = ablations.find((ablation) => ablation.name === name);
  if (!found)
    throw new Error(`There is no ablation "${name}". Choose of: ${ablations.map((each) => each.name).join(', ')}.`);
  return found;
}

/** The edits of what stands behind a defence and is off as well. */
export const editsBehind = ({ alsoOff }: Ablation): readonly Edit[] =>
  alsoOff.flatMap((name) => ablationNamed(name).edits);

/** Everything that is taken out together. */
export const editsOf = (ablation: Ablation): readonly Edit[] => [...editsBehind(ablation), ...ablation.edits];
