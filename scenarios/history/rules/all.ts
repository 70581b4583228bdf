import { keyRules } from './keys.js';
import { orderRules } from './orders.js';
import { paymentRules } from './payments.js';
import type { Rule } from './rule.js';

export const rules: readonly Rule[] = [...orderRules, ...keyRules, ...paymentRules];
